#pragma once

#include <functional>

namespace steady {

/// Who may do parts of one piece of work side by side. The simulated world has no threads of its
/// own: it is handed some, and its results do not depend on how many.
class Workers {
 public:
  virtual ~Workers() = default;
  /// How many parts are done at once; at least 1.
  virtual unsigned count() const = 0;
  /// Does part(0), ..., part(count() - 1), each once, part(0) on the caller's own thread, and
  /// returns when all are done. What was written before is seen by all parts, what they write by
  /// the caller afterwards. What a part throws comes to the caller when all are done.
  virtual void run(const std::function<void(unsigned)>& part) = 0;
};

}  // namespace steady

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/random.h"
#include "sim/core/time.h"
#include "sim/traffic/source.h"

namespace steady::dataplane {

/// A source's next batch, drawn piece by piece by whichever worker has time for one. What is drawn
/// does not depend on who draws it: arrivals are drawn in their order, all else by index.
class Draft {
 public:
  struct Samples {
    const Distribution* of = nullptr;
    std::vector<std::int64_t> ns;
  };

  /// Of at most so many requests, from index `first` on, and of service times that somebody will
  /// want.
  void begin(std::size_t most, std::uint64_t first, const std::vector<const Distribution*>& of);
  bool begun() const { return begun_; }
  std::uint64_t first() const { return first_; }
  /// Draws one more piece; false when somebody has each that can be drawn. May be called by several
  /// at once.
  bool draw_piece(traffic::Shape& shape, const RandomStream& stream);
  /// Draws what nobody has drawn, alone or with others who do the same.
  void draw_rest(traffic::Shape& shape, const RandomStream& stream) {
    while (!all_taken()) draw_piece(shape, stream);
  }
  /// True when every piece has been taken, and the arrivals are drawn.
  bool all_taken() const {
    return arrived_.load(std::memory_order_acquire) >= most_ &&
           next_.load(std::memory_order_relaxed) >= most_;
  }
  /// Its numbers go to somebody else.
  void end() { begun_ = false; }

  std::vector<SimTime> arrivals;
  std::vector<std::uint64_t> words;
  std::vector<std::uint32_t> chances, nodes;
  std::vector<Samples> samples;

 private:
  bool draw_arrivals(traffic::Shape& shape);

  bool begun_ = false;
  std::size_t most_ = 0;
  std::uint64_t first_ = 0;
  std::atomic<std::size_t> next_{0};     ///< first request whose words nobody has taken
  std::atomic<std::size_t> arrived_{0};  ///< arrivals that are drawn; the most when none are left
  std::atomic_flag drawing_arrivals_{};
};

}  // namespace steady::dataplane

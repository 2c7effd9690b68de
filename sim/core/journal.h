#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/sha256.h"
#include "sim/core/time.h"

namespace steady {

/// One thing that happened. `kind` is a literal from journal_kinds.h; fields are in the order in
/// which they were given. Everything that measures, reports or compares runs reads these.
struct JournalEntry {
  SimTime at{};
  std::uint64_t sequence = 0;
  std::string_view kind;
  std::string subject;  ///< The id or name of the thing it happened to.
  std::vector<std::pair<std::string_view, std::string>> fields;

  /// The field's value, or nothing ("").
  std::string_view operator[](std::string_view name) const;
  /// "12.500s task 0fe... status=RUNNING ...": one line for people, milliseconds at most.
  std::string line() const;
};

/// Append-only record of what happened in a run, and its digest: SHA-256 over the entries with
/// their exact times.
class Journal {
 public:
  using Observer = std::function<void(const JournalEntry&)>;
  using Fields = std::vector<std::pair<std::string_view, std::string>>;

  /// Writes an entry and tells the observers. The reference is good until the next entry.
  const JournalEntry& add(SimTime at, std::string_view kind, std::string subject,
                          Fields fields = {});
  const std::vector<JournalEntry>& entries() const { return entries_; }
  /// Hexadecimal digest of all entries so far, computed when it is asked for.
  std::string digest() const;
  /// Called for each entry from now on, in the order of subscription. An observer reads: it
  /// must not add an entry.
  void observe(Observer observer) { observers_.push_back(std::move(observer)); }

 private:
  std::vector<JournalEntry> entries_;
  std::vector<Observer> observers_;
  bool observed_ = false;  ///< While observers look at an entry.
};

}  // namespace steady

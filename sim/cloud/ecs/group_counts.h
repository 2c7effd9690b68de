#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sim/core/random.h"

namespace steady::ecs {

/// How many live tasks of each group an instance holds. Groups without a task are not listed. Keeps
/// a mark of what it holds, as Attributes does.
class GroupCounts {
 public:
  using Map = std::map<std::string, int, std::less<>>;
  using const_iterator = Map::const_iterator;

  std::uint64_t mark() const { return mark_; }
  const_iterator begin() const { return counts_.begin(); }
  const_iterator end() const { return counts_.end(); }
  const_iterator find(std::string_view group) const { return counts_.find(group); }
  bool contains(std::string_view group) const { return counts_.contains(group); }
  std::size_t size() const { return counts_.size(); }
  bool empty() const { return counts_.empty(); }
  const Map& map() const { return counts_; }
  bool operator==(const GroupCounts& other) const { return counts_ == other.counts_; }

  /// Tasks of this group, 0 when it is not listed.
  int of(std::string_view group) const {
    const auto found = counts_.find(group);
    return found == counts_.end() ? 0 : found->second;
  }
  void set(std::string_view group, int count) {
    auto found = counts_.find(group);
    if (found != counts_.end()) {
      mark_ -= term(group, found->second);
      if (count == 0) {
        counts_.erase(found);
        return;
      }
      found->second = count;
    } else {
      if (count == 0) return;
      counts_.emplace(group, count);
    }
    mark_ += term(group, count);
  }
  void add(std::string_view group, int tasks) { set(group, of(group) + tasks); }

 private:
  static std::uint64_t term(std::string_view group, int count) {
    return mix64(mix64(hash_name(group)) + static_cast<std::uint64_t>(count));
  }
  Map counts_;
  std::uint64_t mark_ = 0;
};

}  // namespace steady::ecs

#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/random.h"

namespace steady::ecs {

/// The attributes of a container instance: a map from name to value that keeps a mark of what it
/// holds. Equal contents have equal marks, so what was derived from the attributes can be kept for
/// as long as the mark stays. Reads like a std::map; all changes go through the members here.
class Attributes {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;
  using const_iterator = Map::const_iterator;

  /// What `attributes["name"]` gives: reads as the value ("" when there is none), or sets it.
  class Slot {
   public:
    Slot& operator=(std::string value) {
      owner_.set(name_, std::move(value));
      return *this;
    }
    operator std::string() const {  // NOLINT: implicit, as a map's element
      const auto found = owner_.find(name_);
      return found == owner_.end() ? std::string() : found->second;
    }

   private:
    friend class Attributes;
    Slot(Attributes& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
    Attributes& owner_;
    std::string name_;
  };

  Attributes() = default;
  Attributes(std::initializer_list<Map::value_type> entries) {
    for (const auto& [name, value] : entries) set(name, value);
  }
  template <class Other>
  explicit Attributes(const Other& entries) {
    for (const auto& [name, value] : entries) set(name, value);
  }

  std::uint64_t mark() const { return mark_; }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  const_iterator find(std::string_view name) const { return entries_.find(name); }
  bool contains(std::string_view name) const { return entries_.contains(name); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const Map& map() const { return entries_; }
  bool operator==(const Attributes& other) const { return entries_ == other.entries_; }

  void set(std::string_view name, std::string value) {
    erase(name);
    mark_ += term(name, value);
    entries_.emplace(name, std::move(value));
  }
  void insert_or_assign(std::string_view name, std::string value) { set(name, std::move(value)); }
  /// Sets it only when there is none of that name.
  void emplace(std::string_view name, std::string value) {
    if (!contains(name)) set(name, std::move(value));
  }
  std::size_t erase(std::string_view name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return 0;
    mark_ -= term(found->first, found->second);
    entries_.erase(found);
    return 1;
  }
  Slot operator[](std::string_view name) { return Slot(*this, std::string(name)); }

 private:
  static std::uint64_t term(std::string_view name, std::string_view value) {
    return mix64(mix64(hash_name(name)) ^ hash_name(value));
  }
  std::uint64_t mark_ = 0;
  Map entries_;
};

}  // namespace steady::ecs

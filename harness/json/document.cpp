#include "harness/json/document.h"

#include <algorithm>
#include <iterator>

namespace steady::json {
namespace {

/// An input iterator over the text that counts lines and columns as the parser takes characters.
class Counting {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  struct Place {
    std::size_t offset = 0;
  };
  Counting(const char* at, Place* place) : at_(at), place_(place) {}
  reference operator*() const { return *at_; }
  Counting& operator++() {
    ++at_;
    if (place_ != nullptr) ++place_->offset;
    return *this;
  }
  Counting operator++(int) {
    Counting before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Counting& other) const { return at_ == other.at_; }
  bool operator!=(const Counting& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Place* place_;
};

/// Offsets to lines and columns, by binary search over the beginnings of the lines.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    begins_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') begins_.push_back(i + 1);
    }
  }
  Position at(std::size_t offset) const {
    const auto next = std::ranges::upper_bound(begins_, offset);
    const std::size_t line = static_cast<std::size_t>(next - begins_.begin());
    return {line, offset - begins_[line - 1] + 1};
  }

 private:
  std::vector<std::size_t> begins_;
};

/// Builds the value and the index of positions in one pass, and finds duplicate keys and broken
/// bounds.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(Document& document, Findings& findings, const Bounds& bounds,
          const Counting::Place& place)
      : document_(document),
        findings_(findings),
        bounds_(bounds),
        place_(place),
        lines_(document.text) {}

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(Json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add(Json(value)); }
  bool string(string_t& value) override { return add(Json(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (level.value->contains(name)) {
      findings_.error("E1009", child_pointer(level.pointer, name),
                      "the key '" + name + "' stands here twice", "keep one of them");
      findings_.all().back().position = here(name.size() + 2);
    }
    level.key = name;
    level.key_position = here(name.size() + 2);
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string what = error.what();
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while ..."
    const auto colon = what.find(": ");
    if (colon != std::string::npos) what = what.substr(colon + 2);
    findings_.error("E1001", "", what, "");
    findings_.all().back().position = lines_.at(place_.offset == 0 ? 0 : place_.offset - 1);
    return false;
  }

 private:
  struct Level {
    Json* value;
    std::string pointer;
    std::string key;
    Position key_position;
  };
  Position here(std::size_t back = 0) const {
    return lines_.at(place_.offset >= back ? place_.offset - back : 0);
  }
  std::string next_pointer() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    return level.value->is_array() ? child_pointer(level.pointer, level.value->size())
                                   : child_pointer(level.pointer, level.key);
  }
  Json* place(Json value, const std::string& pointer) {
    // A member's position is that of its key; an element's its own.
    const bool member = !levels_.empty() && levels_.back().value->is_object();
    document_.positions[pointer] = member ? levels_.back().key_position : here(1);
    if (levels_.empty()) {
      document_.root = std::move(value);
      return &document_.root;
    }
    Level& level = levels_.back();
    if (level.value->is_array()) {
      level.value->push_back(std::move(value));
      return &level.value->back();
    }
    (*level.value)[level.key] = std::move(value);
    return &(*level.value)[level.key];
  }
  bool add(Json value) {
    if (!count()) return false;
    place(std::move(value), next_pointer());
    return true;
  }
  bool open(Json value) {
    if (!count()) return false;
    const std::string pointer = next_pointer();
    Json* made = place(std::move(value), pointer);
    if (levels_.size() >= bounds_.depth) {
      findings_.error("E1010", pointer,
                      "nested deeper than " + std::to_string(bounds_.depth) + " levels");
      return false;
    }
    levels_.push_back({made, pointer, {}, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool count() {
    if (++values_ <= bounds_.values) return true;
    findings_.error("E1010", "", "more than " + std::to_string(bounds_.values) + " values");
    return false;
  }

  Document& document_;
  Findings& findings_;
  const Bounds& bounds_;
  const Counting::Place& place_;
  Lines lines_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
};

std::vector<std::string> tokens_of(std::string_view pointer) {
  std::vector<std::string> tokens;
  std::size_t from = pointer.starts_with("/") ? 1 : 0;
  while (from <= pointer.size()) {
    const std::size_t slash = std::min(pointer.find('/', from), pointer.size());
    std::string token(pointer.substr(from, slash - from));
    for (std::size_t i = 0; (i = token.find("~1", i)) != std::string::npos;)
      token.replace(i, 2, "/");
    for (std::size_t i = 0; (i = token.find("~0", i)) != std::string::npos; ++i)
      token.replace(i, 2, "~");
    tokens.push_back(std::move(token));
    from = slash + 1;
  }
  return tokens;
}

std::optional<std::size_t> index_of(const std::string& token) {
  if (token.empty() || token.size() > 9 ||
      !std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return static_cast<std::size_t>(std::stoul(token));
}

}  // namespace

Position Document::position(std::string_view pointer) const {
  for (;;) {
    const auto found = positions.find(pointer);
    if (found != positions.end()) return found->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return {1, 1};
    pointer = pointer.substr(0, slash);
  }
}

Document parse(std::string name, std::string text, Findings& findings, const Bounds& bounds) {
  Document document;
  document.name = std::move(name);
  document.text = std::move(text);
  if (document.text.size() > bounds.bytes) {
    findings.error("E1010", "",
                   "the file has " + std::to_string(document.text.size()) + " bytes, more than " +
                       std::to_string(bounds.bytes));
    return document;
  }
  Counting::Place place;
  Builder builder(document, findings, bounds, place);
  const char* begin = document.text.data();
  Json::sax_parse(Counting(begin, &place), Counting(begin + document.text.size(), nullptr),
                  &builder, nlohmann::json::input_format_t::json, true, true);
  return document;
}

std::optional<SetError> set_pointer(Json& root, std::string_view pointer, Json value) {
  if (!pointer.starts_with("/"))
    return SetError{"'" + std::string(pointer) + "' is no JSON pointer: it begins with /"};
  const auto tokens = tokens_of(pointer);
  Json* at = &root;
  std::string reached;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    const bool last = i + 1 == tokens.size();
    if (at->is_array()) {
      const auto index = token == "-" ? std::optional<std::size_t>(at->size()) : index_of(token);
      if (!index || *index > at->size() || (!last && *index == at->size())) {
        return SetError{"'" + (reached.empty() ? "/" : reached) + "' is a list of " +
                        std::to_string(at->size()) + ", '" + token + "' is none of its places"};
      }
      if (last) {
        if (value.is_null()) {
          if (*index < at->size()) at->erase(*index);
        } else if (*index == at->size()) {
          at->push_back(std::move(value));
        } else {
          (*at)[*index] = std::move(value);
        }
        return std::nullopt;
      }
      at = &(*at)[*index];
    } else if (at->is_object()) {
      if (last) {
        if (value.is_null()) {
          at->erase(token);
        } else {
          (*at)[token] = std::move(value);
        }
        return std::nullopt;
      }
      if (!at->contains(token)) {
        std::vector<std::string> known;
        for (const auto& [key, member] : at->items()) known.push_back(key);
        const std::string nearest = nearest_name(token, known);
        return SetError{"there is no '" + token + "' in '" + (reached.empty() ? "/" : reached) +
                        "'" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")};
      }
      at = &(*at)[token];
    } else {
      return SetError{"'" + reached + "' is a plain value, it has no '" + token + "'"};
    }
    reached = child_pointer(reached, token);
  }
  return std::nullopt;
}

namespace {

void plain_merge(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::object();
  for (const auto& [key, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(key);
    } else {
      plain_merge(target[key], value);
    }
  }
}

/// What the pointer leads to, nullptr when there is nothing.
Json* find_pointer(Json& root, std::string_view pointer) {
  Json* at = &root;
  for (const auto& token : tokens_of(pointer)) {
    if (at->is_object() && at->contains(token)) {
      at = &(*at)[token];
    } else if (const auto index = index_of(token); at->is_array() && index && *index < at->size()) {
      at = &(*at)[*index];
    } else {
      return nullptr;
    }
  }
  return at;
}

/// The later place of a list first, so that removing one does not move the next.
bool later(const std::string& a, const std::string& b) {
  const auto left = tokens_of(a), right = tokens_of(b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i]) continue;
    const auto m = index_of(left[i]), n = index_of(right[i]);
    return m && n ? *m > *n : left[i] > right[i];
  }
  return left.size() > right.size();
}

}  // namespace

void merge_patch(Json& target, const Json& patch, const std::string& pointer, Findings& findings) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::object();
  // Removals from lists are done last and from the back, so that no pointer of the patch moves.
  std::vector<std::string> removals;
  for (const auto& [key, value] : patch.items()) {
    if (key.starts_with("/")) {
      if (value.is_null()) {
        removals.push_back(key);
        continue;
      }
      // Objects are merged there as anywhere else (stories.md 1.2).
      if (Json* there = find_pointer(target, key);
          there != nullptr && there->is_object() && value.is_object()) {
        plain_merge(*there, value);
      } else if (const auto error = set_pointer(target, key, value)) {
        findings.error("E1011", child_pointer(pointer, key), error->message);
      }
    } else if (key.ends_with("+") && key.size() > 1) {
      const std::string name = key.substr(0, key.size() - 1);
      Json& list = target[name];
      if (list.is_null()) list = Json::array();
      if (!list.is_array() || !value.is_array()) {
        findings.error("E1011", child_pointer(pointer, key),
                       "'" + key + "' appends a list to the list '" + name + "'");
        continue;
      }
      for (const auto& item : value) list.push_back(item);
    } else if (value.is_null()) {
      target.erase(key);
    } else {
      plain_merge(target[key], value);
    }
  }
  std::ranges::sort(removals, later);
  for (const auto& key : removals) {
    if (const auto error = set_pointer(target, key, Json()))
      findings.error("E1011", child_pointer(pointer, key), error->message);
  }
}

Json value_of(std::string_view text) {
  Json value = Json::parse(text.begin(), text.end(), nullptr, false);
  return value.is_discarded() ? Json(std::string(text)) : value;
}

}  // namespace steady::json

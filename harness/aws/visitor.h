#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "harness/aws/codec.h"
#include "harness/aws/fields.h"
#include "harness/aws/limits.h"
#include "harness/aws/spelling.h"
#include "harness/json/findings.h"
#include "harness/json/reader.h"
#include "sim/core/nearest.h"

/// The two visitors over `fields` of sim/api: one reads JSON, one writes it.
namespace steady::aws {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

using StringMap = std::map<std::string, std::string>;

class Decoder {
 public:
  Decoder(const Json& value, std::string pointer, json::Findings& findings, const char* shape,
          Door door)
      : value_(value),
        pointer_(std::move(pointer)),
        findings_(findings),
        shape_(shape),
        door_(door) {}

  template <class T>
  void operator()(const char* name, T& out) {
    known_.emplace_back(name);
    const auto found = value_.find(name);
    if (found == value_.end() || found->is_null()) return;
    const std::string at = json::child_pointer(pointer_, name);
    names_something_ = takes_name_or_arn(name);
    read(*found, at, out);
    check_limit(shape_, name, *found, at, findings_);
    if constexpr (std::is_same_v<T, StringMap> || std::is_same_v<T, std::optional<StringMap>>) {
      const std::string_view shape = shape_;
      if (shape.starts_with("TargetGroup"))
        check_attributes("TargetGroupAttribute", *found, at, findings_);
      if (shape.starts_with("Listener"))
        check_attributes("ListenerAttribute", *found, at, findings_);
      if (shape.starts_with("LoadBalancer"))
        check_attributes("LoadBalancerAttribute", *found, at, findings_);
    }
  }
  /// A short form that scenarios have beside AWS's members.
  template <class T>
  void alias(const char* name, T& out) {
    if (door_ == Door::kScenario || value_.contains(name)) (*this)(name, out);
  }
  void kept(StringMap& kept) { kept_ = &kept; }

  /// Sorts what no member asked for: kept, output, refused, unknown.
  void finish() {
    for (const auto& [key, value] : value_.items()) {
      bool known = false;
      for (const auto& name : known_) known = known || name == key;
      if (known) continue;
      const std::string at = json::child_pointer(pointer_, key);
      const Field* field = find_field(shape_, key);
      if (field == nullptr) {
        std::vector<std::string> names = known_;
        for (const auto& other : fields_table()) {
          if (other.shape == shape_) names.emplace_back(other.name);
        }
        const std::string nearest = nearest_name(key, names);
        findings_.error("E1101", at, "unknown key '" + key + "'",
                        nearest.empty() ? "" : "did you mean '" + nearest + "'?");
      } else if (field->of == FieldClass::kRefused) {
        if (!is_neutral(*field, value)) {
          findings_.error("E1102", at,
                          "'" + key + "' is not modelled yet: it needs " + std::string(field->note),
                          "leave it out");
        }
      } else if (field->of == FieldClass::kKept && kept_ != nullptr) {
        (*kept_)[key] = value.dump();
      }
    }
  }

 private:
  void wrong(const std::string& at, const char* expected, const Json& value) {
    findings_.error("E1103", at,
                    std::string(expected) + " is expected here, not " + value.dump().substr(0, 40));
  }
  void read(const Json& value, const std::string& at, std::string& out) {
    if (value.is_string()) {
      out = value.get<std::string>();
      if (names_something_) out = name_of_arn(out);
    } else if (value.is_number_integer()) {
      out = value.dump();
    } else {
      wrong(at, "a string", value);
    }
  }
  void read(const Json& value, const std::string& at, bool& out) {
    if (value.is_boolean()) {
      out = value.get<bool>();
    } else {
      wrong(at, "true or false", value);
    }
  }
  void read(const Json& value, const std::string& at, int& out) {
    if (!value.is_number_integer()) return wrong(at, "a whole number", value);
    const auto number =
        value.is_number_unsigned() && value.get<std::uint64_t>() > 1'000'000'000'000U
            ? std::int64_t{1'000'000'000'000}
            : value.get<std::int64_t>();
    if (number < -2'147'483'647 || number > 2'147'483'647) {
      findings_.error("E1104", at, value.dump() + " is out of range");
    } else {
      out = static_cast<int>(number);
    }
  }
  void read(const Json& value, const std::string& at, Distribution& out) {
    json::read_distribution(value, at, findings_, out);
  }
  void read(const Json&, const std::string&, api::ecs::Timestamp&) {}
  /// An object, or AWS's Key/Value list.
  void read(const Json& value, const std::string& at, StringMap& out) {
    auto text = [&](const Json& v, const std::string& where) -> std::string {
      if (v.is_string()) return v.get<std::string>();
      if (v.is_number_integer() || v.is_boolean()) return v.dump();
      wrong(where, "a string", v);
      return "";
    };
    if (value.is_object()) {
      for (const auto& [key, member] : value.items())
        out[key] = text(member, json::child_pointer(at, key));
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const Json& item = value[i];
        const std::string where = json::child_pointer(at, i);
        const char* key = item.is_object() && item.contains("Key") ? "Key" : "name";
        const char* member = item.is_object() && item.contains("Value") ? "Value" : "value";
        if (!item.is_object() || !item.contains(key) || !item[key].is_string() ||
            !item.contains(member)) {
          wrong(where, "an object with Key and Value", item);
        } else {
          out[item[key].get<std::string>()] = text(item[member], where);
        }
      }
    } else {
      wrong(at, "an object, or a list of Key and Value", value);
    }
  }
  template <class T>
  void read(const Json& value, const std::string& at, std::optional<T>& out) {
    T inner{};
    read(value, at, inner);
    out = std::move(inner);
  }
  template <class T>
  void read(const Json& value, const std::string& at, std::vector<T>& out) {
    if (!value.is_array()) return wrong(at, "a list", value);
    out.clear();
    for (std::size_t i = 0; i < value.size(); ++i) {
      T item{};
      read(value[i], json::child_pointer(at, i), item);
      out.push_back(std::move(item));
    }
  }
  template <class T>
    requires requires { T::kShape; }
  void read(const Json& value, const std::string& at, T& out) {
    if (!value.is_object()) return wrong(at, "an object", value);
    Json spelt = value;
    if (door_ == Door::kScenario) spell_out(T::kShape, spelt);
    Decoder inner(spelt, at, findings_, T::kShape, door_);
    fields(inner, out);
    inner.finish();
  }

  const Json& value_;
  std::string pointer_;
  json::Findings& findings_;
  const char* shape_;
  Door door_;
  StringMap* kept_ = nullptr;
  std::vector<std::string> known_;
  bool names_something_ = false;
};

class Encoder {
 public:
  Encoder(Json& out, const Calendar& calendar) : out_(out), calendar_(calendar) {
    out_ = Json::object();
  }

  template <class T>
  void operator()(const char* name, T& value) {
    Json json;
    if (write(value, json)) out_[name] = std::move(json);
  }
  template <class T>
  void alias(const char*, T&) {}
  void kept(StringMap& kept) {
    for (const auto& [name, text] : kept) out_[name] = Json::parse(text, nullptr, false);
  }

 private:
  bool write(std::string& value, Json& out) {
    out = value;
    return !value.empty();
  }
  bool write(bool& value, Json& out) { return out = value, true; }
  bool write(int& value, Json& out) { return out = value, true; }
  bool write(Distribution&, Json&) { return false; }
  bool write(api::ecs::Timestamp& value, Json& out) {
    if (!value.at) return false;
    // Epoch seconds with a fraction (ecs.md 1.1).
    out = static_cast<double>(calendar_.unix_ms(*value.at)) / 1000;
    return true;
  }
  bool write(StringMap& value, Json& out) {
    out = Json::array();
    for (const auto& [key, text] : value) out.push_back(Json{{"Key", key}, {"Value", text}});
    return true;
  }
  template <class T>
  bool write(std::optional<T>& value, Json& out) {
    return value && write(*value, out);
  }
  template <class T>
  bool write(std::vector<T>& value, Json& out) {
    out = Json::array();
    for (auto& item : value) {
      Json json;
      write(item, json);
      out.push_back(std::move(json));
    }
    return true;
  }
  template <class T>
    requires requires { T::kShape; }
  bool write(T& value, Json& out) {
    Encoder inner(out, calendar_);
    fields(inner, value);
    return true;
  }

  Json& out_;
  const Calendar& calendar_;
};

template <class T>
void decode(const Json& value, const std::string& pointer, json::Findings& findings, T& out,
            Door door) {
  if (!value.is_object()) {
    findings.error("E1103", pointer, "an object is expected here");
    return;
  }
  Json spelt = value;
  if (door == Door::kScenario) spell_out(T::kShape, spelt);
  Decoder decoder(spelt, pointer, findings, T::kShape, door);
  fields(decoder, out);
  decoder.finish();
}

template <class T>
Json encode(const T& value, const Calendar& calendar) {
  Json out;
  T copy = value;
  Encoder encoder(out, calendar);
  fields(encoder, copy);
  return out;
}

}  // namespace steady::aws

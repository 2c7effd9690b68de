#include "harness/json/reader.h"

#include <algorithm>

namespace steady::json {
namespace {

const char* type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

void wrong_type(Findings& findings, const std::string& pointer, const std::string& expected,
                const Json& value) {
  findings.error("E1003", pointer, expected + " is expected here, not " + type_name(value));
}

const Json& empty_object() {
  static const Json kEmpty = Json::object();
  return kEmpty;
}

}  // namespace

Reader::Reader(const Json& value, std::string pointer, Findings& findings, std::string_view what)
    : value_(&value), pointer_(std::move(pointer)), findings_(findings), what_(what) {
  if (!value.is_object()) {
    wrong_type(findings_, pointer_, "an object (" + what_ + ")", value);
    value_ = &empty_object();
  }
}

bool Reader::has(std::string_view key) const { return value_->contains(std::string(key)); }

const Json* Reader::get(std::string_view key) {
  allow(key);
  const auto found = value_->find(std::string(key));
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

void Reader::allow(std::string_view key) { asked_.emplace_back(key); }

void Reader::require(std::string_view key, std::string_view expectation) {
  if (!has(key))
    findings_.error("E1005", pointer_,
                    "'" + std::string(key) + "' is missing: " + std::string(expectation));
}

void Reader::error(std::string_view rule, std::string_view key, std::string message,
                   std::string remedy) {
  findings_.error(rule, pointer(key), std::move(message), std::move(remedy));
}

bool Reader::read(std::string_view key, std::string& out) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  if (!value->is_string()) return wrong_type(findings_, pointer(key), "a string", *value), false;
  out = value->get<std::string>();
  return true;
}

bool Reader::read(std::string_view key, bool& out) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  if (!value->is_boolean())
    return wrong_type(findings_, pointer(key), "true or false", *value), false;
  out = value->get<bool>();
  return true;
}

bool Reader::read(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  if (!value->is_number_integer())
    return wrong_type(findings_, pointer(key), "a whole number", *value), false;
  const bool too_large = value->is_number_unsigned() &&
                         value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = too_large ? INT64_MAX : value->get<std::int64_t>();
  if (too_large || number < min || number > max) {
    findings_.error(
        "E1004", pointer(key),
        value->dump() + " is out of range: " + std::to_string(min) + " to " + std::to_string(max));
    return false;
  }
  out = number;
  return true;
}

bool Reader::read(std::string_view key, int& out, int min, int max) {
  std::int64_t number = 0;
  if (!read(key, number, min, max)) return false;
  out = static_cast<int>(number);
  return true;
}

bool Reader::read(std::string_view key, std::optional<int>& out, int min, int max) {
  int number = 0;
  if (!read(key, number, min, max)) return false;
  out = number;
  return true;
}

bool Reader::read(std::string_view key, double& out, double min, double max) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  if (!value->is_number()) return wrong_type(findings_, pointer(key), "a number", *value), false;
  const double number = value->get<double>();
  if (!(number >= min && number <= max)) {
    findings_.error(
        "E1004", pointer(key),
        value->dump() + " is out of range: " + Json(min).dump() + " to " + Json(max).dump());
    return false;
  }
  out = number;
  return true;
}

bool read_duration(const Json& value, const std::string& pointer, Findings& findings,
                   SimDuration& out) {
  if (!value.is_string()) {
    findings.error("E1007", pointer,
                   std::string("a duration such as \"250ms\" or \"5m\" is expected here, not ") +
                       type_name(value),
                   value.is_number() ? "write \"" + value.dump() + "s\" for seconds" : "");
    return false;
  }
  const auto parsed = parse_duration(value.get<std::string>());
  if (!parsed) {
    findings.error("E1007", pointer,
                   "'" + value.get<std::string>() + "' is no duration: " + parsed.error().message,
                   "a number with a unit: ms, s, m, h");
    return false;
  }
  out = *parsed;
  return true;
}

bool Reader::read_duration(std::string_view key, SimDuration& out, SimDuration min,
                           SimDuration max) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  SimDuration duration{0};
  if (!json::read_duration(*value, pointer(key), findings_, duration)) return false;
  if (duration < min || duration > max) {
    findings_.error("E1004", pointer(key),
                    format_duration(duration) + " is out of range: " + format_duration(min) +
                        " to " + format_duration(max));
    return false;
  }
  out = duration;
  return true;
}

bool Reader::read_distribution(std::string_view key, Distribution& out) {
  const Json* value = get(key);
  return value != nullptr && json::read_distribution(*value, pointer(key), findings_, out);
}

bool Reader::read(std::string_view key, std::vector<std::string>& out) {
  std::vector<std::string> all;
  bool good = true;
  const bool there = each(key, [&](const Json& item, const std::string& at) {
    if (item.is_string()) {
      all.push_back(item.get<std::string>());
    } else {
      wrong_type(findings_, at, "a string", item);
      good = false;
    }
  });
  if (there && good) out = std::move(all);
  return there && good;
}

bool Reader::read_choice(std::string_view key, std::string& out,
                         const std::vector<std::string>& choices) {
  std::string value;
  if (!read(key, value)) return false;
  if (std::ranges::find(choices, value) == choices.end()) {
    std::string list;
    for (const auto& choice : choices) list += (list.empty() ? "" : ", ") + choice;
    const std::string nearest = nearest_name(value, choices);
    findings_.error("E1006", pointer(key), "'" + value + "' is not one of " + list,
                    nearest.empty() ? "" : "did you mean '" + nearest + "'?");
    return false;
  }
  out = value;
  return true;
}

bool Reader::each(std::string_view key,
                  const std::function<void(const Json&, const std::string&)>& item) {
  const Json* value = get(key);
  if (value == nullptr) return false;
  if (!value->is_array()) return wrong_type(findings_, pointer(key), "a list", *value), false;
  for (std::size_t i = 0; i < value->size(); ++i) item((*value)[i], child_pointer(pointer(key), i));
  return true;
}

void Reader::finish() {
  for (const auto& [key, value] : value_->items()) {
    if (std::ranges::find(asked_, key) != asked_.end()) continue;
    const std::string nearest = nearest_name(key, asked_);
    findings_.error("E1002", pointer(key), "unknown key '" + key + "' in " + what_,
                    nearest.empty() ? "" : "did you mean '" + nearest + "'?");
  }
}

bool read_distribution(const Json& value, const std::string& pointer, Findings& findings,
                       Distribution& out) {
  if (!value.is_object()) {
    SimDuration constant{0};
    if (!read_duration(value, pointer, findings, constant)) return false;
    out = Distribution(Distribution::Constant{constant});
    return true;
  }
  static const std::vector<std::string> kKinds = {"constant", "uniform", "exponential", "lognormal",
                                                  "erlang",   "pareto",  "empirical",   "mix"};
  if (value.size() != 1 || std::ranges::find(kKinds, value.begin().key()) == kKinds.end()) {
    const std::string nearest = value.empty() ? "" : nearest_name(value.begin().key(), kKinds);
    findings.error("E1008", pointer,
                   "a distribution has one of the names constant, uniform, exponential, lognormal, "
                   "erlang, pareto, empirical, mix",
                   nearest.empty() ? "" : "did you mean '" + nearest + "'?");
    return false;
  }
  const std::string kind = value.begin().key();
  const std::string inner = child_pointer(pointer, kind);
  const Json& body = value.begin().value();
  const std::size_t before = findings.all().size();
  auto fault = [&](const std::string& message) { findings.error("E1008", inner, message); };
  if (kind == "constant") {
    SimDuration constant{0};
    if (read_duration(body, inner, findings, constant))
      out = Distribution(Distribution::Constant{constant});
  } else if (kind == "empirical") {
    Distribution::Empirical table;
    if (!body.is_array() || body.size() < 2) {
      fault("an empirical table is a list of at least two points");
    } else {
      for (std::size_t i = 0; i < body.size(); ++i) {
        Reader point(body[i], child_pointer(inner, i), findings,
                     "a point of an empirical distribution");
        Distribution::Point p{0, SimDuration{0}};
        point.require("cumulative", "the share of values at or below this one");
        point.read("cumulative", p.cumulative, 0, 1);
        point.require("value", "a duration");
        point.read_duration("value", p.value);
        point.finish();
        table.points.push_back(p);
      }
      for (std::size_t i = 1; i < table.points.size(); ++i) {
        if (table.points[i].cumulative < table.points[i - 1].cumulative ||
            table.points[i].value < table.points[i - 1].value)
          fault("the points must rise");
      }
      if (findings.all().size() == before &&
          (table.points.front().cumulative != 0 || table.points.back().cumulative != 1))
        fault("the first point is at cumulative 0, the last at 1");
      if (findings.all().size() == before) out = Distribution(table);
    }
  } else if (kind == "mix") {
    Distribution::Mixture mixture;
    if (!body.is_array() || body.empty()) {
      fault("a mix is a list of parts, each with a share and a distribution");
    } else {
      for (std::size_t i = 0; i < body.size(); ++i) {
        const std::string at = child_pointer(inner, i);
        if (!body[i].is_object() || !body[i].contains("share") || !body[i]["share"].is_number() ||
            !(body[i]["share"].get<double>() > 0)) {
          findings.error("E1008", at, "a part of a mix has a 'share' above 0 and one distribution");
          continue;
        }
        Json rest = body[i];
        rest.erase("share");
        Distribution part;
        if (read_distribution(rest, at, findings, part))
          mixture.parts.push_back({body[i]["share"].get<double>(), {part}});
      }
      if (findings.all().size() == before) out = Distribution(mixture);
    }
  } else {
    Reader reader(body, inner, findings, "a " + kind + " distribution");
    SimDuration a{0}, b{0};
    if (kind == "uniform") {
      reader.require("min", "a duration");
      reader.require("max", "a duration");
      reader.read_duration("min", a);
      reader.read_duration("max", b);
      if (a > b) fault("min must not be above max");
      reader.finish();
      if (findings.all().size() == before) out = Distribution(Distribution::Uniform{a, b});
    } else if (kind == "exponential") {
      reader.require("mean", "a duration");
      reader.read_duration("mean", a);
      reader.finish();
      if (findings.all().size() == before) out = Distribution(Distribution::Exponential{a});
    } else if (kind == "lognormal") {
      reader.require("median", "a duration");
      reader.require("p99", "a duration");
      reader.read_duration("median", a);
      reader.read_duration("p99", b);
      if (findings.all().size() == before && (a.count() <= 0 || b < a))
        fault("p99 must not be below the median, and the median not 0");
      reader.finish();
      if (findings.all().size() == before) out = Distribution(Distribution::Lognormal{a, b});
    } else if (kind == "erlang") {
      int shape = 1;
      reader.require("shape", "a whole number from 1 to 64");
      reader.read("shape", shape, 1, 64);
      reader.require("mean", "a duration");
      reader.read_duration("mean", a);
      reader.finish();
      if (findings.all().size() == before) out = Distribution(Distribution::Erlang{shape, a});
    } else {
      double shape = 2;
      reader.require("minimum", "a duration");
      reader.read_duration("minimum", a);
      reader.require("shape", "a number above 0");
      reader.read("shape", shape, 0.01, 1000);
      reader.finish();
      if (findings.all().size() == before) out = Distribution(Distribution::Pareto{a, shape});
    }
  }
  return findings.all().size() == before;
}

}  // namespace steady::json

#include <algorithm>
#include <filesystem>

#include "harness/scenario/parts.h"
#include "harness/scenario/warnings/warnings.h"
#include "sim/core/sha256.h"

namespace steady::scenario {
namespace {

/// A variant's patch, after that of the variant it is like.
void apply_variant(Json& root, const Json& variants, const std::string& name,
                   json::Findings& findings, int depth) {
  if (!variants.is_object() || !variants.contains(name)) {
    std::vector<std::string> known;
    if (variants.is_object()) {
      for (const auto& [key, value] : variants.items()) known.push_back(key);
    }
    const std::string nearest = json::nearest_name(name, known);
    findings.error("E1209", "/variants", "there is no variant '" + name + "'",
                   nearest.empty() ? "" : "did you mean '" + nearest + "'?");
    return;
  }
  const std::string pointer = json::child_pointer("/variants", name);
  Json patch = variants[name];
  if (!patch.is_object()) {
    findings.error("E1003", pointer, "a variant is an object: what it changes");
    return;
  }
  if (patch.contains("like")) {
    if (depth > 10 || !patch["like"].is_string()) {
      findings.error("E1203", pointer + "/like",
                     "a variant is like another by its name, and not like itself");
      return;
    }
    apply_variant(root, variants, patch["like"].get<std::string>(), findings, depth + 1);
    patch.erase("like");
  }
  json::merge_patch(root, patch, pointer, findings);
}

void apply_sets(Json& root, const LoadOptions& options, json::Findings& findings) {
  for (const auto& set : options.set) {
    const auto equals = set.find('=');
    if (equals == std::string::npos || !set.starts_with("/")) {
      findings.error("E1011", "", "--set takes /json/pointer=value, not '" + set + "'");
      continue;
    }
    if (const auto error = json::set_pointer(root, set.substr(0, equals),
                                             json::value_of(set.substr(equals + 1)))) {
      findings.error("E1011", set.substr(0, equals), "--set " + set + ": " + error->message);
    }
  }
}

void read_head(json::Reader& root, Scenario& scenario, const LoadOptions& options) {
  root.allow("$schema");
  root.require("version", "the number 1");
  int version = 1;
  root.read("version", version, 1, 1);
  root.require("name", "the claim that the file tests");
  root.read("name", scenario.name);
  root.require("why", "one sentence on why the claim holds");
  root.read("why", scenario.why);
  std::int64_t seed = 1;
  if (root.read("seed", seed, 0, INT64_MAX)) scenario.seed = static_cast<std::uint64_t>(seed);
  if (options.seed) scenario.seed = *options.seed;
  root.read_duration("duration", scenario.duration, 1ms, std::chrono::hours{24 * 31});
  std::string era;
  if (const Json* number = root.get("era"); number != nullptr && number->is_number_integer()) {
    era = number->dump();
  } else {
    root.read("era", era);
  }
  if (options.era) era = *options.era;
  if (!era.empty()) {
    if (auto parsed = Era::parse(era)) {
      scenario.era = *parsed;
    } else {
      root.error("E1004", "era", "'" + era + "' is no era: " + parsed.error().message,
                 "a date such as \"2019-06\" or \"2022\", or \"article\"");
    }
  }
  scenario.start = scenario.era.default_start();
  std::string start;
  if (root.read("start", start)) {
    if (auto parsed = Calendar::parse(start)) {
      scenario.start = *parsed;
    } else {
      root.error("E1004", "start", "'" + start + "' is no date: " + parsed.error().message,
                 "such as \"2015-04-17\" or \"2026-01-01T09:00:00Z\"");
    }
  }
}

void read_schema(json::Reader& root, Scenario& scenario) {
  const Json* schema = root.get("schema");
  if (schema == nullptr) return;
  json::Reader reader(*schema, root.pointer("schema"), root.findings(), "schema");
  reader.read("columns", scenario.columns);
  reader.finish();
}

void read_expect(json::Reader& root, Scenario& scenario, const LoadOptions& options,
                 std::vector<std::vector<std::pair<std::string, std::string>>>& mentions) {
  root.each("expect", [&](const Json& value, const std::string& pointer) {
    if (!value.is_string()) {
      root.findings().error("E1003", pointer, "a condition is a string");
      return;
    }
    scenario.expect.emplace_back(pointer, value.get<std::string>());
    mentions.emplace_back();
    if (!options.check_expectation) return;
    auto checked = options.check_expectation(value.get<std::string>());
    if (!checked) {
      root.findings().error(checked.error().code, pointer, checked.error().message, "");
    } else {
      mentions.back() = std::move(checked).value();
    }
  });
}

/// Names in conditions that nothing in the scenario has.
void check_mentions(const Scenario& scenario,
                    const std::vector<std::vector<std::pair<std::string, std::string>>>& mentions,
                    const LoadOptions& options, json::Findings& findings) {
  std::vector<std::string> services, versions, groups, balancers, measured;
  for (const auto& service : scenario.services) services.push_back(service.service_name);
  for (const auto& [name, definition] : scenario.definitions) versions.push_back(name);
  for (const auto& app : scenario.apps) versions.push_back(app.revision);
  for (const auto& group : scenario.groups) groups.push_back(group.name);
  for (const auto& balancer : scenario.load_balancers) balancers.push_back(balancer.name);
  for (const auto& balancer : scenario.classic) balancers.push_back(balancer.load_balancer_name);
  for (const auto& group : scenario.target_groups) measured.push_back(group.name);
  for (const auto& step : scenario.timeline) {
    // What calls make is there for conditions too.
    if (step.kind != Step::Kind::kCall || !step.input.is_object()) continue;
    for (const auto& [key, list] :
         {std::pair<const char*, std::vector<std::string>*>{"serviceName", &services},
          {"AutoScalingGroupName", &groups},
          {"LoadBalancerName", &balancers},
          {"Name", &balancers},
          {"Name", &measured}}) {
      if (step.input.contains(key) && step.input[key].is_string())
        list->push_back(step.input[key].get<std::string>());
    }
    if (step.name == "RegisterTaskDefinition" && step.input.contains("family") &&
        step.input["family"].is_string()) {
      for (int i = 1; i <= 9; ++i)
        versions.push_back(step.input["family"].get<std::string>() + ":" + std::to_string(i));
    }
  }
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    for (const auto& [kind, name] : mentions[i]) {
      std::vector<std::string> known;
      if (kind == "service") known = services;
      if (kind == "version") known = versions;
      if (kind == "group") known = groups;
      if (kind == "loadBalancer") known = balancers;
      if (kind == "load balancer or target group") {
        known = balancers;
        known.insert(known.end(), measured.begin(), measured.end());
      }
      if (kind == "engine") known = options.engines;
      if (kind == "deployment") {
        known = services;
        known.insert(known.end(), versions.begin(), versions.end());
        known.insert(known.end(), options.engines.begin(), options.engines.end());
      }
      if (known.empty() || std::ranges::find(known, name) != known.end()) continue;
      const std::string nearest = json::nearest_name(name, known);
      findings.error(
          "E1211", scenario.expect[i].first,
          "the condition speaks of the " + kind + " '" + name + "', which the scenario has not",
          nearest.empty() ? "" : "did you mean '" + nearest + "'?");
    }
  }
}

}  // namespace

LoadResult load(const std::string& name, const std::string& text, const LoadOptions& options) {
  LoadResult result;
  json::Findings& findings = result.findings;
  json::Document document = json::parse(name, text, findings);
  auto finish = [&] {
    for (auto& finding : findings.all()) {
      if (finding.position.line == 0) finding.position = document.position(finding.pointer);
    }
    std::ranges::stable_sort(findings.all(), [](const json::Finding& a, const json::Finding& b) {
      return std::pair(a.position.line, a.position.column) <
             std::pair(b.position.line, b.position.column);
    });
  };
  if (findings.has_errors() && document.root.is_null()) return finish(), std::move(result);
  if (std::ranges::any_of(findings.all(),
                          [](const auto& f) { return f.rule == "E1001" || f.rule == "E1010"; }))
    return finish(), std::move(result);

  Json root = document.root;
  const Json variants =
      root.is_object() && root.contains("variants") ? root["variants"] : Json::object();
  if (variants.is_object()) {
    for (const auto& [variant, patch] : variants.items()) result.variants.push_back(variant);
  } else {
    findings.error("E1003", "/variants", "an object is expected here: name to changes");
  }
  if (root.is_object()) root.erase("variants");
  if (!options.variant.empty()) apply_variant(root, variants, options.variant, findings, 0);
  apply_sets(root, options, findings);
  if (options.seed && root.is_object()) root["seed"] = *options.seed;
  if (options.era && root.is_object()) root["era"] = *options.era;

  Scenario scenario;
  scenario.variant = options.variant;
  scenario.folder = std::filesystem::path(name).parent_path().string();
  scenario.sha256 = Sha256::of(text);
  std::vector<std::vector<std::pair<std::string, std::string>>> mentions;
  {
    json::Reader reader(root, "", findings, "a scenario");
    reader.allow("variants");
    read_head(reader, scenario, options);
    read_behaviour(reader, scenario);
    read_cloud(reader, scenario);
    read_ecs(reader, scenario);
    read_apps(reader, scenario);
    read_schema(reader, scenario);
    read_traffic(reader, scenario);
    read_fluid(reader, scenario);
    read_timeline(reader, scenario, options);
    read_expect(reader, scenario, options, mentions);
    reader.finish();
  }
  if (root.is_object()) {
    validate(scenario, findings, options);
    check_mentions(scenario, mentions, options, findings);
    if (!findings.has_errors()) warn(scenario, findings);
  }
  scenario.as_run = std::move(root);
  finish();
  if (!findings.has_errors()) result.scenario = std::move(scenario);
  return result;
}

std::string print(const std::string& file, const json::Finding& finding) {
  std::string line = finding.rule + " " + file + ":" + std::to_string(finding.position.line) + ":" +
                     std::to_string(finding.position.column);
  if (!finding.pointer.empty()) line += " " + finding.pointer;
  line += ": " + finding.message;
  line += "\n      ";
  if (!finding.remedy.empty()) line += "remedy: " + finding.remedy + "   ";
  return line + "more: steady explain " + finding.rule;
}

}  // namespace steady::scenario

#include <algorithm>
#include <set>

#include "harness/scenario/parts.h"
#include "sim/core/nearest.h"
#include "sim/core/options.h"
#include "sim/core/wide.h"
#include "sim/dataplane/data_plane.h"
#include "sim/faults/fault.h"
#include "sim/traffic/curves.h"

namespace steady::scenario {

const api::ecs::RegisterTaskDefinitionInput* find_definition(const Scenario& scenario,
                                                             const std::string& name) {
  const api::ecs::RegisterTaskDefinitionInput* found = nullptr;
  for (const auto& [known, input] : scenario.definitions) {
    if (known == name || input.family == name) found = &input;
  }
  return found;
}

namespace {

using Names = std::vector<std::string>;

void missing(json::Findings& findings, const std::string& rule, const std::string& pointer,
             const std::string& what, const std::string& name, const Names& known) {
  const std::string nearest = nearest_name(name, known);
  std::string remedy = nearest.empty() ? "" : "did you mean '" + nearest + "'?";
  if (remedy.empty() && !known.empty() && known.size() <= 6) {
    for (const auto& one : known) remedy += (remedy.empty() ? "there are: " : ", ") + one;
  }
  findings.error(rule, pointer, "there is no " + what + " '" + name + "'", remedy);
}

bool has(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether a process may have to plan anew what it has accepted.
bool work_may_be_revised(const Scenario& scenario) {
  const auto special = [](const app::AppModel& app) {
    return app.pauses || app.cpu || app.memory || app.shed_above || app.queue_timeout ||
           !app.dependencies.empty();
  };
  const auto slows = [](const Step& step) {
    if (step.kind != Step::Kind::kFault) return false;
    Options options(step.options);
    const auto fault = faults::make_fault(step.name, options);
    return fault && (*fault)->changes_speeds();
  };
  return std::ranges::any_of(scenario.apps, special) ||
         std::ranges::any_of(scenario.timeline, slows);
}

/// Names of load balancers that calls of the timeline make.
Names made_by_calls(const Scenario& scenario, std::initializer_list<const char*> keys) {
  Names names;
  for (const auto& step : scenario.timeline) {
    if (step.kind != Step::Kind::kCall || !step.input.is_object()) continue;
    for (const char* key : keys) {
      if (step.input.contains(key) && step.input[key].is_string())
        names.push_back(step.input[key].get<std::string>());
    }
  }
  return names;
}

void check_service(const Scenario& scenario, std::size_t i, json::Findings& findings) {
  const auto& service = scenario.services[i];
  const std::string at = "/services/" + std::to_string(i);
  Names revisions, groups, classics;
  for (const auto& [name, input] : scenario.definitions) revisions.push_back(name);
  for (const auto& group : scenario.target_groups) groups.push_back(group.name);
  for (const auto& balancer : scenario.classic) classics.push_back(balancer.load_balancer_name);
  const auto* definition = find_definition(scenario, service.task_definition);
  if (definition == nullptr && !service.task_definition.empty())
    missing(findings, "E1212", at + "/taskDefinition", "task definition", service.task_definition,
            revisions);
  for (std::size_t b = 0; b < service.load_balancers.size(); ++b) {
    const auto& balancer = service.load_balancers[b];
    const std::string place = at + "/loadBalancers/" + std::to_string(b);
    if (!balancer.load_balancer_name.empty() && !has(classics, balancer.load_balancer_name))
      missing(findings, "E1213", place, "Classic load balancer", balancer.load_balancer_name,
              classics);
    if (!balancer.target_group_arn.empty() && !has(groups, balancer.target_group_arn))
      missing(findings, "E1213", place, "target group", balancer.target_group_arn, groups);
    if (balancer.load_balancer_name.empty() && balancer.target_group_arn.empty())
      findings.error("E1105", place,
                     "'targetGroupArn' (or 'targetGroup') or 'loadBalancerName' is missing");
    if (definition == nullptr) continue;
    const auto container =
        std::ranges::find(definition->container_definitions, balancer.container_name,
                          &api::ecs::ContainerDefinition::name);
    if (container == definition->container_definitions.end()) {
      Names containers;
      for (const auto& one : definition->container_definitions) containers.push_back(one.name);
      missing(findings, "E1214", place + "/containerName", "container", balancer.container_name,
              containers);
    } else if (std::ranges::find(container->port_mappings, balancer.container_port,
                                 &api::ecs::PortMapping::container_port) ==
               container->port_mappings.end()) {
      findings.error("E1214", place + "/containerPort",
                     "container '" + balancer.container_name + "' maps no port " +
                         std::to_string(balancer.container_port));
    }
  }
}

void check_deploy(const Scenario& scenario, const Step& step, const Names& revisions,
                  const Names& services, json::Findings& findings) {
  const auto option = [&](const char* key) {
    const auto found = step.options.find(key);
    return found == step.options.end() ? std::string() : found->second;
  };
  const std::string at = step.pointer + "/deploy";
  if (step.name == "ecs" || step.name == "stop-then-start") {
    const std::string service = option("service"), definition = option("taskDefinition");
    if (service.empty()) {
      findings.error("E1215", at, "it is not clear which service is meant",
                     "{ \"service\": \"...\", \"taskDefinition\": \"" + definition + "\" }");
    } else if (!has(services, service)) {
      missing(findings, "E1215", at, "service", service, services);
    }
    if (definition.empty()) {
      findings.error("E1005", at, "'taskDefinition' is missing: the revision to deploy");
    } else if (!has(revisions, definition)) {
      missing(findings, "E1212", at, "task definition", definition, revisions);
    }
  }
  if (step.name == "vm-swap") {
    Names classics, images;
    for (const auto& balancer : scenario.classic) classics.push_back(balancer.load_balancer_name);
    for (const auto& app : scenario.apps) images.push_back(app.revision);
    const std::string balancer = option("loadBalancer"), image = option("image");
    if (!has(classics, balancer))
      missing(findings, "E1213", at, "Classic load balancer", balancer, classics);
    if (!image.empty() && !has(images, image))
      missing(findings, "E1216", at, "app for the image", image, images);
  }
}

/// The target groups that an action names.
void check_forward(const std::string& forward, const std::vector<api::elbv2::Action>& actions,
                   const Names& groups, const std::string& at, json::Findings& findings) {
  const auto check = [&](const std::string& name) {
    if (!name.empty() && !has(groups, name))
      missing(findings, "E1213", at, "target group", name, groups);
  };
  check(forward);
  for (const auto& action : actions) {
    check(action.target_group_arn);
    if (!action.forward) continue;
    for (const auto& group : action.forward->target_groups) check(group.target_group_arn);
  }
}

bool has_connections(const Scenario& scenario, std::size_t source) {
  return std::ranges::find(scenario.keeps_connections, source) != scenario.keeps_connections.end();
}

bool is_network(const Scenario& scenario, const std::string& balancer) {
  const auto made_so = [&](const Step& step) {
    return step.kind == Step::Kind::kCall && step.input.is_object() &&
           step.input.value("Name", Json()) == balancer &&
           step.input.value("Type", Json()) == "network";
  };
  return std::ranges::any_of(
             scenario.load_balancers,
             [&](const auto& one) { return one.name == balancer && one.type == "network"; }) ||
         std::ranges::any_of(scenario.timeline, made_so);
}

}  // namespace

void validate(Scenario& scenario, json::Findings& findings, const LoadOptions&) {
  Names revisions, families, services, balancers, classics, groups, clusters = scenario.clusters;
  for (const auto& [name, input] : scenario.definitions) {
    revisions.push_back(name);
    families.push_back(input.family);
  }
  for (const auto& balancer : scenario.classic) classics.push_back(balancer.load_balancer_name);
  for (const auto& group : scenario.target_groups) groups.push_back(group.name);
  balancers = classics;
  for (const auto& balancer : scenario.load_balancers) balancers.push_back(balancer.name);
  const Names called = made_by_calls(scenario, {"LoadBalancerName", "Name"});
  balancers.insert(balancers.end(), called.begin(), called.end());
  for (const auto& entry : scenario.instances) clusters.push_back(entry.machine.cluster);
  for (const auto& group : scenario.groups) clusters.push_back(group.machine.cluster);

  std::set<std::string> seen;
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    const auto& service = scenario.services[i];
    services.push_back(service.service_name);
    if (!seen.insert(service.cluster + "/" + service.service_name).second) {
      findings.error("E1217", "/services/" + std::to_string(i) + "/serviceName",
                     "the service '" + service.service_name + "' is there twice");
    }
    const std::string cluster = service.cluster.empty() ? "default" : service.cluster;
    if (!has(clusters, cluster))
      missing(findings, "E1218", "/services/" + std::to_string(i) + "/cluster",
              "cluster with instances called", cluster, clusters);
    check_service(scenario, i, findings);
  }
  for (const auto& service : made_by_calls(scenario, {"serviceName"})) services.push_back(service);

  seen.clear();
  for (const auto& name : balancers) {
    if (has(called, name)) continue;
    if (!seen.insert(name).second)
      findings.error("E1217", "/cloud", "two load balancers are called '" + name + "'");
  }
  for (std::size_t i = 0; i < scenario.load_balancers.size(); ++i) {
    const auto& balancer = scenario.load_balancers[i];
    for (std::size_t l = 0; balancer.listeners && l < balancer.listeners->size(); ++l) {
      const auto& listener = (*balancer.listeners)[l];
      const std::string at =
          "/cloud/loadBalancers/" + std::to_string(i) + "/listeners/" + std::to_string(l);
      if (listener.forward.empty() && listener.default_actions.empty())
        findings.error("E1105", at, "'forward' (or DefaultActions) is missing: the target group");
      check_forward(listener.forward, listener.default_actions, groups, at, findings);
      for (std::size_t r = 0; listener.rules && r < listener.rules->size(); ++r) {
        const auto& rule = (*listener.rules)[r];
        const std::string there = at + "/rules/" + std::to_string(r);
        if (rule.forward.empty() && rule.actions.empty())
          findings.error("E1105", there, "'forward' (or Actions) is missing: the target group");
        check_forward(rule.forward, rule.actions, groups, there, findings);
      }
    }
  }
  Names revisions_and_images = revisions;
  for (std::size_t i = 0; i < scenario.instances.size(); ++i) {
    const auto& entry = scenario.instances[i];
    const std::string at = "/cloud/instances/" + std::to_string(i);
    for (const auto& name : entry.load_balancers) {
      if (!has(classics, name))
        missing(findings, "E1213", at + "/loadBalancers", "Classic load balancer", name, classics);
    }
    if (!entry.image_id.empty()) revisions_and_images.push_back(entry.image_id);
  }
  for (const auto& group : scenario.groups) {
    if (!group.image_id.empty()) revisions_and_images.push_back(group.image_id);
  }
  for (const auto& [name, input] : scenario.definitions) {
    for (const auto& container : input.container_definitions)
      revisions_and_images.push_back(container.image);
  }
  for (const auto& step : scenario.timeline) {
    if (const auto image = step.options.find("image"); image != step.options.end())
      revisions_and_images.push_back(image->second);
    if (step.kind == Step::Kind::kCall && step.input.is_object() &&
        step.input.contains("ImageId") && step.input["ImageId"].is_string()) {
      revisions_and_images.push_back(step.input["ImageId"].get<std::string>());
    }
    if (step.name == "RegisterTaskDefinition") {
      for (int i = 1; i < 10; ++i)
        revisions_and_images.push_back(step.input.value("family", "") + ":" + std::to_string(i));
    }
  }
  for (const auto& app : scenario.apps) {
    const std::string at = json::child_pointer("/apps", app.revision);
    for (const auto& kept : app.keeps_assets_of) {
      if (!has(revisions_and_images, kept))
        missing(findings, "E1216", at + "/keepsAssetsOf", "task definition or image", kept,
                revisions_and_images);
    }
    if (has(revisions_and_images, app.revision)) continue;
    missing(findings, "E1216", at, "task definition or image", app.revision, revisions_and_images);
  }
  const bool revised = work_may_be_revised(scenario);
  for (std::size_t i = 0; i < scenario.traffic.size(); ++i) {
    const auto& source = scenario.traffic[i];
    if (source.transfer && revised)
      findings.error(
          "E1102", "/traffic/" + std::to_string(i),
          "'upload' and 'download' do not go with apps that have dependencies, limits of "
          "their queue, pauses, CPU shares or memory, nor with faults that slow them down",
          "leave one of them out");
    const bool classic = std::ranges::any_of(scenario.classic, [&](const auto& balancer) {
      return balancer.load_balancer_name == source.load_balancer;
    });
    if (source.stream && classic)
      findings.error("E1102", "/traffic/" + std::to_string(i) + "/stream",
                     "an HTTP listener of a Classic load balancer passes no WebSockets, and its "
                     "TCP listeners are not modelled",
                     "an Application load balancer");
    const bool made_later = has(called, source.load_balancer);
    if (source.follows() && is_network(scenario, source.load_balancer))
      findings.error("E1102", "/traffic/" + std::to_string(i),
                     "clients that wait for answers, or whose bodies take their time, are not "
                     "modelled behind a Network load balancer",
                     "an Application or Classic load balancer, or a source that only sends");
    if (has_connections(scenario, i) && !is_network(scenario, source.load_balancer) && !made_later)
      findings.error("E1102", "/traffic/" + std::to_string(i) + "/connections",
                     "connections of clients change no outcome behind an Application or Classic "
                     "load balancer",
                     "leave it out, or send to a load balancer of Type network");
    if (!source.load_balancer.empty() && !has(balancers, source.load_balancer)) {
      missing(findings, "E1213", "/traffic/" + std::to_string(i) + "/to", "load balancer",
              source.load_balancer, balancers);
    }
  }
  for (const auto& step : scenario.timeline) {
    if (step.kind == Step::Kind::kDeploy)
      check_deploy(scenario, step, revisions, services, findings);
    if (step.kind == Step::Kind::kGet && !has(balancers, step.name))
      missing(findings, "E1213", step.pointer + "/get", "load balancer", step.name, balancers);
    if (step.kind == Step::Kind::kMigration && scenario.columns.empty()) {
      findings.error("E1219", step.pointer + "/migration", "a migration needs a database",
                     "\"schema\": { \"columns\": [ ... ] }");
    }
  }
  for (const auto& app : scenario.apps) {
    if ((!app.reads.empty() || !app.writes.empty()) && scenario.columns.empty()) {
      findings.error("E1219", json::child_pointer("/apps", app.revision),
                     "the app reads and writes columns, and there is no database",
                     "\"schema\": { \"columns\": [ ... ] }");
    }
  }
  validate_app_load(scenario, findings);
  // Bounds on what a run may take.
  std::uint64_t machines = 0;
  for (const auto& entry : scenario.instances) machines += static_cast<std::uint64_t>(entry.count);
  if (machines > 20'000)
    findings.error("E1010", "/cloud/instances",
                   std::to_string(machines) + " instances are more than 20000");
  check_fluid(scenario, findings);
  // Area under the rates; a flow costs the same whatever its rate.
  if (scenario.fluid) return;
  constexpr std::uint64_t kMostRequests = dataplane::DataPlane::Limits{}.requests;
  Uint128 thousandths = 0;
  for (const auto& source : scenario.traffic) {
    if (source.trace) thousandths += Uint128{source.trace->requests.size()} * 1000;
    thousandths += traffic::thousandths_of_requests(source.profile);
    // Of a bursty source: what it sends in the long run.
    Uint128 stays = 0, sent = 0;
    for (const auto& state : source.bursts) {
      const auto stay = static_cast<Uint128>(state.stay.count());
      stays += stay;
      sent += stay * static_cast<std::uint64_t>(state.rate.per_1000_seconds);
    }
    if (stays > 0)
      thousandths += sent / stays * static_cast<std::uint64_t>(scenario.duration / SimDuration{1s});
  }
  const auto requests = static_cast<std::uint64_t>(thousandths / 1000);
  if (requests > kMostRequests)
    findings.error("E1010", "/traffic",
                   "the traffic adds up to " + std::to_string(requests) +
                       " requests; a run sends at most " + std::to_string(kMostRequests),
                   "a lower rate or a shorter duration");
}

}  // namespace steady::scenario

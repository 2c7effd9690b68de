#include "harness/simulation/simulation.h"

#include <algorithm>
#include <set>

#include "harness/aws/codec.h"
#include "harness/simulation/cloud_watch.h"
#include "sim/api/autoscaling/spec.h"
#include "sim/api/ec2/machine.h"
#include "sim/api/ecs/shapes.h"
#include "sim/core/journal_kinds.h"
#include "sim/core/options.h"
#include "sim/faults/fault.h"
#include "sim/fluid/supported.h"

namespace steady::simulation {
namespace {

/// The number in "web:7"; 0 when there is none.
int revision_of(const std::string& name) {
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(name.c_str() + colon + 1);
}

/// Whether any process may get slower or faster in the run.
bool speeds_change(const scenario::Scenario& scenario) {
  const auto by_itself = [](const app::AppModel& app) { return app.pauses || app.cpu; };
  if (std::ranges::any_of(scenario.apps, by_itself)) return true;
  return std::ranges::any_of(scenario.timeline, [](const scenario::Step& step) {
    if (step.kind != scenario::Step::Kind::kFault) return false;
    Options options(step.options);
    const auto fault = faults::make_fault(step.name, options);
    return fault && (*fault)->changes_speeds();
  });
}

/// Whether a call wants to know which targets stand out: they have to be counted from the
/// beginning.
bool asks_for_anomalies(const scenario::Step& step) {
  return step.kind == scenario::Step::Kind::kCall && step.name.ends_with("DescribeTargetHealth") &&
         step.input.is_object() && step.input.contains("Include") && !step.input["Include"].empty();
}

world::Settings settings_of(const scenario::Scenario& scenario, std::uint32_t replication) {
  world::Settings settings;
  settings.random = {scenario.seed, replication};
  settings.era = scenario.era;
  settings.calendar = scenario.start;
  settings.zones = scenario.zones;
  settings.elb = scenario.elb;
  settings.ecs = scenario.ecs;
  settings.columns = scenario.columns;
  settings.speeds_change = speeds_change(scenario);
  return settings;
}

}  // namespace

/// One deploy under way: the engine's coroutine and what it holds on to.
struct Simulation::Deploy {
  Deploy(world::World& world, const std::string& name, std::unique_ptr<engines::DeployEngine> e)
      : cloud(world, name), engine(std::move(e)) {}
  engines::Cloud cloud;
  std::unique_ptr<engines::DeployEngine> engine;
  std::optional<engines::Task<int>> story;
};

namespace {

engines::Task<int> tell(world::World& world, engines::Cloud& cloud, engines::DeployEngine& engine) {
  const engines::Verdict verdict = co_await engine.deploy(cloud);
  world.journal().add(
      world.now(), journal::kDeploy, cloud.engine(),
      {{"step", "end"}, {"detail", verdict.sentence}, {"verdict", verdict.good ? "good" : "bad"}});
  co_return 0;
}

}  // namespace

std::string page_of_command(const std::vector<std::string>& command) {
  for (const auto& word : command) {
    const auto echo = word.find("echo ");
    if (echo == std::string::npos) continue;
    const auto open = word.find_first_of("'\"", echo);
    if (open == std::string::npos) continue;
    const auto close = word.find(word[open], open + 1);
    if (close != std::string::npos) return word.substr(open + 1, close - open - 1);
  }
  return "";
}

Simulation::Simulation(scenario::Scenario scenario, const engines::EngineRegistry& engines,
                       std::uint32_t replication)
    : scenario_(std::move(scenario)),
      engines_(engines),
      world_(settings_of(scenario_, replication), scenario_.fluid),
      api_(world_) {
  api_.as("setup");
}

Simulation::~Simulation() = default;

void Simulation::build(json::Findings& findings) {
  for (auto app : scenario_.apps) {
    // A revision's page is what its container's command writes, unless the app says another.
    for (const auto& [name, definition] : scenario_.definitions) {
      if (name != app.revision || !app.page.empty()) continue;
      for (const auto& container : definition.container_definitions) {
        if (app.page.empty()) app.page = page_of_command(container.command);
      }
    }
    const auto& model = world_.add_app(std::move(app));
    const bool revision = std::ranges::any_of(
        scenario_.definitions, [&](const auto& d) { return d.first == model.revision; });
    if (!revision) world_.ec2().add_image({model.revision, model.revision, &model});
  }
  // Images that scenarios name without an app: machines on which nothing of its own listens.
  auto plain_image = [this](const std::string& id) {
    if (!id.empty() && world_.ec2().find_image(id) == nullptr)
      world_.ec2().add_image({id, id, nullptr});
  };
  for (const auto& entry : scenario_.instances) plain_image(entry.image_id);
  for (const auto& group : scenario_.groups) plain_image(group.image_id);
  for (const auto& step : scenario_.timeline) {
    if (step.kind == scenario::Step::Kind::kCall && step.input.is_object() &&
        step.input.contains("ImageId") && step.input["ImageId"].is_string()) {
      plain_image(step.input["ImageId"].get<std::string>());
    }
  }
  build_cloud(findings);
  build_services(findings);
  for (const auto& source : scenario_.traffic) world_.add_source(source);
  check_listeners(findings);
  for (const auto& step : scenario_.timeline) {
    if (step.kind == scenario::Step::Kind::kDeploy) make_engine(step, &findings);
  }
  if (findings.has_errors()) return;

  for (const auto& entry : world_.journal().entries()) {
    if (entry.kind == journal::kDeployment) way_back_.used(entry);
  }
  world_.database().observe([this] { way_back_.look(); });
  // Reports tell requests before, during and after deployments apart.
  world_.journal().observe([this](const JournalEntry& entry) {
    const bool deployment = entry.kind == journal::kDeployment || entry.kind == journal::kDeploy ||
                            (entry.kind == journal::kServiceEvent &&
                             entry["message"].find("steady state") != std::string_view::npos);
    if (!deployment) return;
    if (entry.kind == journal::kDeployment) way_back_.used(entry);
    auto& ledger = world_.data_plane().ledger();
    if (ledger.span(ledger.current()).first != world_.now()) ledger.cut(world_.now());
    if (entry.kind == journal::kDeployment && !scenario_.columns.empty()) {
      world_.loop().after(SimDuration{0}, "way back", [this] { way_back_.look(); });
    }
  });
  if (std::ranges::any_of(scenario_.timeline, asks_for_anomalies)) world_.elb().watch_anomalies();
  api_.as("timeline");
  for (const auto& step : scenario_.timeline) schedule(step);
}

/// What the listeners do that the fluid mode does not carry.
void Simulation::check_listeners(json::Findings& findings) {
  if (!scenario_.fluid) return;
  for (const auto& step : scenario_.timeline) {
    if (asks_for_anomalies(step))
      findings.error("E1230", step.pointer, "the fluid mode does not carry anomalies of targets",
                     "leave \"Include\" out, or run without \"fluid\"");
  }
  for (std::size_t i = 0; i < scenario_.traffic.size(); ++i) {
    const auto& source = scenario_.traffic[i];
    auto* frontend = world_.elb().frontend(source.load_balancer, source.port);
    if (frontend == nullptr) continue;
    for (const auto& feature : fluid::unsupported(*frontend))
      findings.error("E1230", "/traffic/" + std::to_string(i) + "/to",
                     "the fluid mode does not carry " + feature + " (" + source.load_balancer + ")",
                     "leave it out, or run without \"fluid\"");
  }
}

void Simulation::build_cloud(json::Findings& findings) {
  auto check = [&](const auto& result, const std::string& pointer) {
    if (!result)
      findings.error("E1220", pointer, result.error().code + ": " + result.error().message);
  };
  for (const auto& name : scenario_.clusters) world_.ecs().create_cluster(name);
  for (std::size_t i = 0; i < scenario_.target_groups.size(); ++i) {
    check(api_.elbv2().create_target_group(scenario_.target_groups[i]),
          "/cloud/targetGroups/" + std::to_string(i));
  }
  for (const auto& [balancer, gap] : scenario_.reuse_gaps)
    world_.elb().set_reuse_gap(balancer, gap);
  for (std::size_t i = 0; i < scenario_.load_balancers.size(); ++i) {
    check(api_.elbv2().create_load_balancer(scenario_.load_balancers[i]),
          "/cloud/loadBalancers/" + std::to_string(i));
  }
  for (std::size_t i = 0; i < scenario_.classic.size(); ++i) {
    auto input = scenario_.classic[i];
    if (input.zones.empty()) input.zones = scenario_.zones;
    check(api_.elb().create_load_balancer(input),
          "/cloud/classicLoadBalancers/" + std::to_string(i));
  }
  std::size_t made = 0;
  for (std::size_t i = 0; i < scenario_.instances.size(); ++i) {
    const auto& entry = scenario_.instances[i];
    if (!entry.machine.cluster.empty()) world_.ecs().create_cluster(entry.machine.cluster);
    for (int n = 0; n < entry.count; ++n, ++made) {
      ec2::LaunchSpec spec = api::ec2::launch_of(entry.machine);
      spec.instance_type = entry.instance_type;
      spec.image_id = entry.image_id;
      spec.zone = entry.zone.empty() ? scenario_.zones[made % scenario_.zones.size()] : entry.zone;
      spec.reserved_memory = entry.reserved_memory;
      spec.reserved_ports = entry.reserved_ports;
      if (!entry.name.empty())
        spec.name_hint = entry.count == 1 ? entry.name : entry.name + "-" + std::to_string(n + 1);
      const std::string id = world_.ec2().begin_running(spec);
      for (const auto& balancer : entry.load_balancers) {
        const auto* group = world_.elb().find_classic(balancer);
        if (group == nullptr) continue;
        auto target = world_.elb().register_target(*group, id, 0, spec.zone, spec.image_id);
        check(target, "/cloud/instances/" + std::to_string(i));
        if (target) world_.elb().assume_healthy(*target);
      }
    }
  }
  for (std::size_t i = 0; i < scenario_.groups.size(); ++i) {
    const std::string pointer = "/cloud/autoScalingGroups/" + std::to_string(i);
    auto spec = api::autoscaling::spec_of(scenario_.groups[i], scenario_.zones);
    check(spec, pointer);
    if (!spec) continue;
    if (!spec->launch.cluster.empty()) world_.ecs().create_cluster(spec->launch.cluster);
    check(world_.auto_scaling().create(*spec, true), pointer);
    world_.kept("asg/" + spec->name) = scenario_.groups[i].kept;
  }
}

void Simulation::build_services(json::Findings& findings) {
  // A revision that only a deploy names is registered by that deploy, as its story tells; what
  // anything else needs is there from the start, with the revisions before it.
  std::map<std::string, int> needed;
  auto need = [&](const std::string& name) {
    const auto colon = name.rfind(':');
    const std::string family = name.substr(0, colon);
    for (const auto& [known, input] : scenario_.definitions) {
      if (input.family == family && (known == name || colon == std::string::npos))
        needed[family] = std::max(needed[family], revision_of(known));
    }
  };
  std::set<std::string> deployed;
  for (const auto& service : scenario_.services) need(service.task_definition);
  for (const auto& step : scenario_.timeline) {
    if (step.kind == scenario::Step::Kind::kDeploy) {
      if (const auto found = step.options.find("taskDefinition"); found != step.options.end())
        deployed.insert(found->second);
    } else if (step.kind == scenario::Step::Kind::kCall && step.input.is_object() &&
               step.input.contains("taskDefinition") && step.input["taskDefinition"].is_string()) {
      need(step.input["taskDefinition"].get<std::string>());
    }
  }
  for (const auto& [name, input] : scenario_.definitions) {
    if (!deployed.contains(name)) need(name);
  }
  // But a deregistered one must not be there only because its end is: those of a deploy that come
  // first win.
  for (const auto& step : scenario_.timeline) {
    if (step.kind != scenario::Step::Kind::kDeploy) continue;
    const auto found = step.options.find("taskDefinition");
    if (found == step.options.end()) continue;
    const auto colon = found->second.rfind(':');
    if (colon == std::string::npos) continue;
    const std::string family = found->second.substr(0, colon);
    const int revision = revision_of(found->second);
    bool by_service = false;
    for (const auto& service : scenario_.services)
      by_service = by_service || service.task_definition == found->second;
    if (!by_service && needed[family] == revision) needed[family] = revision - 1;
  }
  for (std::size_t i = 0; i < scenario_.definitions.size(); ++i) {
    const auto& [name, input] = scenario_.definitions[i];
    const std::string pointer = "/taskDefinitions/" + std::to_string(i);
    const int revision = revision_of(name);
    if (revision > needed[input.family]) {
      // It is read now all the same, so that its faults show before the run.
      auto definition = api::ecs::definition_of(input);
      if (!definition) findings.error("E1220", pointer, definition.error().message);
      continue;
    }
    world_.ecs().skip_revisions(input.family, revision - 1);
    auto made = api_.ecs().register_task_definition(input);
    if (!made) findings.error("E1220", pointer, made.error().code + ": " + made.error().message);
  }
  if (findings.has_errors()) return;
  for (std::size_t i = 0; i < scenario_.services.size(); ++i) {
    const auto& input = scenario_.services[i];
    const std::string pointer = "/services/" + std::to_string(i);
    auto service = api::ecs::service_of(input, scenario_.zones);
    if (!service) {
      findings.error("E1220", pointer, service.error().message);
      continue;
    }
    auto made =
        world_.ecs().create_service(std::move(service).value(), input.task_definition, true);
    if (!made)
      findings.error(
          made.error().code == "DoesNotFit" ? "E1221" : "E1220", pointer, made.error().message,
          made.error().code == "DoesNotFit" ? "more or larger instances, or a smaller desiredCount"
                                            : "");
  }
}

bool Simulation::registered(const std::string& definition) {
  return world_.ecs().find_definition(definition) != nullptr;
}

std::unique_ptr<engines::DeployEngine> Simulation::make_engine(const scenario::Step& step,
                                                               json::Findings* findings) {
  engines::EngineOptions options(step.options);
  const auto definition = step.options.find("taskDefinition");
  if (definition != step.options.end() && !registered(definition->second)) {
    for (const auto& [name, input] : scenario_.definitions) {
      if (name != definition->second) continue;
      options.revision = input;
      // Only when the deploy begins: until then others of the family may be registered.
      if (findings == nullptr) world_.ecs().skip_revisions(input.family, revision_of(name) - 1);
    }
  }
  auto made = engines_.make(step.name, options);
  if (made) return std::move(made).value();
  if (findings != nullptr) findings->error("E1206", step.pointer + "/deploy", made.error().message);
  return nullptr;
}

void Simulation::schedule(const scenario::Step& step) {
  const SimTime end = kStart + scenario_.duration;
  SimTime at = kStart + step.at;
  for (int i = 0; i < step.repeat && at <= end; ++i, at += step.every) {
    world_.loop().at(at, "timeline",
                     [this, &step, n = static_cast<std::uint64_t>(i)] { act(step, n); });
    if (step.every.count() == 0 && i + 1 >= step.repeat) break;
  }
}

void Simulation::act(const scenario::Step& step, std::uint64_t occurrence) {
  using Kind = scenario::Step::Kind;
  auto refused = [&](const Error& error) {
    failed_steps_.push_back(format_seconds(world_.now()) + " " + step.name + ": " + error.code +
                            ": " + error.message);
  };
  switch (step.kind) {
    case Kind::kDeploy:
      return begin_deploy(step);
    case Kind::kCall: {
      Json input = step.input;
      // "any" is a convenience of scenarios: the task that has run longest.
      if (input.is_object() && input.contains("task") && input["task"] == "any") {
        for (const auto* task : world_.ecs().tasks()) {
          if (task->last_status == ecs::TaskStatus::kRunning && task->desired_running) {
            input["task"] = task->id;
            if (!input.contains("cluster")) input["cluster"] = task->cluster;
            break;
          }
        }
      }
      // Where a scenario has one cluster, it is the one that is meant.
      const auto clusters = world_.ecs().clusters();
      if (input.is_object() && !input.contains("cluster") && clusters.size() == 1 &&
          (input.contains("service") || input.contains("task") ||
           input.contains("containerInstances"))) {
        input["cluster"] = clusters.front()->name;
      }
      if (auto done = aws::call(api_, step.name, input); !done) refused(done.error());
      return;
    }
    case Kind::kFault: {
      Options options(step.options);
      auto fault = faults::make_fault(step.name, options);
      if (!fault) return refused(fault.error());
      const std::uint64_t entity = hash_name(step.pointer) + occurrence;
      if (auto done = faults::inject(
              world_, step.name, std::shared_ptr<faults::Fault>(std::move(fault).value()), entity);
          !done)
        refused(done.error());
      return;
    }
    case Kind::kMigration:
      if (auto done = world_.database().begin(step.migration); !done) refused(done.error());
      return;
    case Kind::kGet: {
      const auto page = world_.data_plane().get(step.name, 0);
      world_.journal().add(world_.now(), journal::kPage, step.name,
                           {{"status", std::to_string(page.status)},
                            {"body", page.body},
                            {"version", page.version}});
      return;
    }
  }
}

void Simulation::begin_deploy(const scenario::Step& step) {
  auto engine = make_engine(step, nullptr);
  if (engine == nullptr) return;
  const auto option = [&](const char* key) {
    const auto found = step.options.find(key);
    return found == step.options.end() ? std::string() : found->second;
  };
  world_.journal().add(world_.now(), journal::kDeploy, step.name,
                       {{"step", "begin"},
                        {"detail", option("taskDefinition") + option("image")},
                        {"service", option("service")}});
  deploys_.push_back(std::make_unique<Deploy>(world_, step.name, std::move(engine)));
  Deploy& deploy = *deploys_.back();
  deploy.story.emplace(tell(world_, deploy.cloud, *deploy.engine));
  deploy.story->start();
}

bool Simulation::run(std::optional<SimDuration> until, const std::atomic<bool>* interrupted) {
  const SimDuration length = until ? std::min(*until, scenario_.duration) : scenario_.duration;
  constexpr std::int64_t kLooks = 2000;
  for (std::int64_t i = 1; i <= kLooks; ++i) {
    world_.run_until(kStart + SimDuration{static_cast<std::int64_t>(
                                  static_cast<Int128>(length.count()) * i / kLooks)});
    if (interrupted != nullptr && *interrupted) {
      world_.finish();
      return false;
    }
  }
  world_.finish();
  return true;
}

std::unique_ptr<RunRecord> Simulation::record(RunIdentity identity, bool partial) {
  auto record = std::unique_ptr<RunRecord>(new RunRecord{std::move(identity),
                                                         world_.now(),
                                                         partial,
                                                         world_.loop().executed(),
                                                         world_.digest(),
                                                         {},
                                                         failed_steps_,
                                                         &world_.journal(),
                                                         &world_.data_plane().ledger(),
                                                         History(world_.journal(), world_.now()),
                                                         {},
                                                         &world_.elb(),
                                                         {}});
  if (world_.data_plane().metrics() != nullptr)
    record->metrics = std::make_shared<const CloudWatch>(world_, world_.now());
  if (world_.fluid() != nullptr) record->fluid = world_.fluid()->bound();
  std::set<std::string> types;
  for (const auto& cluster : world_.ecs().clusters()) {
    for (const auto* instance : world_.ecs().instances(cluster->name)) {
      if (instance->memory_assumed && types.insert(instance->instance_type).second) {
        record->assumed.push_back("a " + instance->instance_type + " registers " +
                                  std::to_string(instance->memory_total) +
                                  " MiB (formula, not a sample)");
      }
    }
  }
  return record;
}

}  // namespace steady::simulation

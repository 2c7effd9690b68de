#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/journal_kinds.h"
#include "sim/world/world.h"
#include "tests/support/catch.h"

namespace steady::ecs::testing {

enum class Front { kNone, kApplication, kClassic };

/// What a test may set. Nothing is drawn: starts take 5 s, checks come at once and then every 10 s,
/// nodes know everything at once.
struct Options {
  std::string era = "2026";
  int machines = 2, cpu = 2048, memory = 4096;
  int desired = 2, minimum = 100, maximum = 200;
  Front front = Front::kApplication;
  SimDuration drain = 30s, grace = 0s;
  CircuitBreaker breaker{};
  std::function<void(Behaviour&)> behaviour{};
  std::function<void(app::AppModel&)> first{}, second{};  ///< how web:1 and web:2 behave
  std::function<void(TaskDefinition&)> definition{};      ///< of both
  std::vector<PlacementStrategy> strategies{};
  bool at_rest = true;
  std::optional<elb::ProxyRules> proxy{};  ///< of the Application balancer
};

/// Service "web" with revisions web:1 and web:2 on machines of cluster "main".
class SmallService {
 public:
  explicit SmallService(Options given = {}) : options(std::move(given)), world(settings(options)) {
    world.ecs().create_cluster("main");
    for (int i = 0; i < options.machines; ++i) world.ec2().begin_running(machine());
    run_for(1ms);
    if (options.front == Front::kApplication) {
      elb::TargetGroupSpec group;
      group.name = "web";
      group.health_check.interval = 10s;
      group.health_check.healthy_threshold = 2;
      group.deregistration_delay = options.drain;
      REQUIRE(world.elb().create_target_group(group));
      REQUIRE(world.elb().create_load_balancer(
          {.name = "front", .zones = {"us-east-1a", "us-east-1b"}}));
      REQUIRE(world.elb().create_listener("front", {.port = 80, .action = elb::forward_to("web")}));
    } else if (options.front == Front::kClassic) {
      elb::ClassicSpec spec;
      spec.name = "front";
      spec.zones = {"us-east-1a", "us-east-1b"};
      spec.listeners = {elb::ClassicListenerSpec{}};
      spec.cross_zone = true;
      spec.health_check = {
          .protocol = elb::Protocol::kTcp, .port = 80, .interval = 10s, .healthy_threshold = 2};
      spec.draining_enabled = options.drain.count() > 0;
      if (spec.draining_enabled) spec.draining_timeout = options.drain;
      REQUIRE(world.elb().create_classic(spec));
    }
    for (int revision = 1; revision <= 3; ++revision) {
      app::AppModel model;
      model.revision = "web:" + std::to_string(revision);
      model.startup = Distribution(SimDuration{5s});
      if (revision == 1 && options.first) options.first(model);
      if (revision == 2 && options.second) options.second(model);
      world.add_app(model);
      TaskDefinition definition;
      definition.family = "web";
      ContainerDefinition container;
      container.name = "web";
      container.image = "web";
      container.cpu = 256;
      container.memory = 512;
      PortMapping port;
      port.container_port = 80;
      port.host_port = options.front == Front::kClassic ? 80 : 0;
      container.ports = {port};
      definition.containers = {container};
      if (options.definition) options.definition(definition);
      REQUIRE(world.ecs().register_task_definition(definition));
    }
    Service service;
    service.name = "web";
    service.cluster = "main";
    service.desired = options.desired;
    service.configuration = {options.maximum, options.minimum, options.breaker};
    service.grace = options.grace;
    service.strategies = options.strategies;
    ServiceLoadBalancer balancer;
    balancer.container = "web";
    balancer.container_port = 80;
    (options.front == Front::kApplication ? balancer.target_group : balancer.load_balancer) =
        options.front == Front::kApplication ? "web" : "front";
    if (options.front != Front::kNone) service.load_balancers = {balancer};
    const auto made = world.ecs().create_service(std::move(service), "web:1", options.at_rest);
    INFO((made ? "" : made.error().message));
    REQUIRE(made);
    if (options.at_rest) run_for(60s);
    mark = world.journal().entries().size();
  }

  ec2::LaunchSpec machine() {
    ec2::LaunchSpec spec;
    spec.cluster = "main";
    spec.zone = world.ec2().zones()[world.ec2().instances().size() % 2];
    spec.cpu = options.cpu;
    spec.memory = options.memory;
    spec.boot = spec.agent_registration = Distribution{};
    return spec;
  }
  /// One more machine joins the cluster now.
  void add_machine() {
    REQUIRE(world.ec2().run_instances(machine(), 1));
    run_for(1ms);
  }
  static world::Settings settings(const Options& options) {
    world::Settings made;
    made.random = RandomSource{11};
    made.zones = {"us-east-1a", "us-east-1b"};
    made.era = Era::parse(options.era).value();
    made.calendar = made.era.default_start();
    made.elb.first_check_immediate = true;
    if (options.behaviour) options.behaviour(made.ecs);
    if (options.proxy) made.elb.proxies["front"] = *options.proxy;
    return made;
  }

  void run_for(SimDuration time) { world.run_until(world.now() + time); }
  void deploy(const std::string& definition) {
    ServiceChange change;
    change.definition = definition;
    update(change);
  }
  void update(const ServiceChange& change) {
    const auto done = world.ecs().update_service("main", "web", change);
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
    called = world.now();
  }
  const Service& service() { return *world.ecs().find_service("main", "web"); }
  Ecs::Counts counts() { return world.ecs().counts(service()); }
  /// Live tasks of a revision, by lastStatus; "" counts all.
  int tasks(const std::string& definition, const std::string& status = "") {
    int n = 0;
    for (const auto* task : world.ecs().tasks()) {
      if (task->live() && task->definition->name() == definition &&
          (status.empty() || name(task->last_status) == status))
        ++n;
    }
    return n;
  }
  const Task* running(const std::string& definition) {
    for (const auto* task : world.ecs().tasks()) {
      if (task->last_status == TaskStatus::kRunning && task->desired_running &&
          task->definition->name() == definition)
        return task;
    }
    FAIL("no task of " << definition << " runs");
    return nullptr;
  }

  struct Event {
    SimDuration at;  ///< since the call that update() made
    std::string text;
  };
  /// Service events since the test began, without the service's name.
  std::vector<Event> events(const std::string& holding = "") {
    std::vector<Event> found;
    for (std::size_t i = mark; i < world.journal().entries().size(); ++i) {
      const auto& entry = world.journal().entries()[i];
      if (entry.kind != journal::kServiceEvent) continue;
      std::string text(entry["message"]);
      if (text.starts_with("(service web) ")) text = text.substr(14);
      if (text.find(holding) != std::string::npos) found.push_back({entry.at - called, text});
    }
    return found;
  }
  std::size_t count(const std::string& holding) { return events(holding).size(); }
  SimDuration first(const std::string& holding) {
    const auto found = events(holding);
    INFO("'" << holding << "' in " << story());
    REQUIRE_FALSE(found.empty());
    return found.front().at;
  }
  /// The events in short, for whole stories: "start 2, register 2, stop 2, deregister 2, drain 2,
  /// completed, steady".
  std::string story() {
    static const std::pair<std::string, std::string> kShort[] = {
        {"has started ", "start "},
        {"deregistered ", "deregister "},
        {"registered ", "register "},
        {"has begun draining connections on ", "drain "},
        {"has stopped ", "stop "},
        {"stopped ", "stop pending "},
        {"was unable to place", "no room"},
        {"was unable to stop or start", "blocked"},
        {"is unable to consistently start", "throttled"},
        {"deployment completed", "completed"},
        {"deployment failed", "failed"},
        {"rolling back", "roll back"},
        {"steady state", "steady"},
        {"is unhealthy", "unhealthy"},
        {"failed container health checks", "unhealthy"}};
    std::string all;
    for (const auto& event : events()) {
      std::string one = event.text;
      for (const auto& [long_form, short_form] : kShort) {
        const auto at = event.text.find(long_form);
        if (at == std::string::npos) continue;
        one = short_form;
        if (short_form.ends_with(" "))
          one +=
              event.text.substr(at + long_form.size(), event.text.find(' ', at + long_form.size()) -
                                                           at - long_form.size());
        break;
      }
      all += (all.empty() ? "" : ", ") + one;
    }
    return all;
  }
  /// Moment since the call at which a task first had this status.
  SimDuration when(const Task* task, const std::string& status) {
    for (std::size_t i = mark; i < world.journal().entries().size(); ++i) {
      const auto& entry = world.journal().entries()[i];
      if (entry.kind == journal::kTask && entry.subject == task->id && entry["status"] == status)
        return entry.at - called;
    }
    FAIL("task " << task->id << " never was " << status);
    return {};
  }

  Options options;
  world::World world;
  std::size_t mark = 0;
  SimTime called = kStart;
};

}  // namespace steady::ecs::testing

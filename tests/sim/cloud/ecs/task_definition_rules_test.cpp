#include "sim/cloud/ecs/task_definition_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "sim/cloud/ecs/placement/placement.h"
#include "tests/support/catch.h"

namespace steady::ecs {
namespace {

TaskDefinition web() {
  TaskDefinition definition;
  definition.family = "web";
  definition.containers.resize(1);
  auto& container = definition.containers.front();
  container.name = "app";
  container.image = "web:1";
  container.cpu = 256;
  container.memory = 512;
  return definition;
}

PortMapping port(std::uint16_t container, std::uint16_t host,
                 Transport protocol = Transport::kTcp) {
  PortMapping mapping;
  mapping.container_port = container;
  mapping.host_port = host;
  mapping.protocol = protocol;
  return mapping;
}

// The rule's text is what the user sees; each names its place in the input.
TEST_CASE("each rule of a task definition has its message and place", "[ecs][definition]") {
  using Change = std::function<void(TaskDefinition&, ContainerDefinition&)>;
  struct Row {
    Change change;
    std::string where, message;
  };
  const std::string setting = "Invalid setting for container 'app'. ";
  const auto row = GENERATE_COPY(values<Row>({
      {[](auto& d, auto&) { d.family = ""; }, "/family",
       "Family should be up to 255 letters, digits, hyphens and underscores."},
      {[](auto& d, auto&) { d.family = "a b"; }, "/family",
       "Family should be up to 255 letters, digits, hyphens and underscores."},
      {[](auto& d, auto&) { d.containers.clear(); }, "/containerDefinitions",
       "Container list cannot be empty."},
      // ecs.md 7.3
      {[](auto&, auto& c) { c.name = ""; }, "/containerDefinitions/0/name",
       "Container.name should not be null or empty."},
      {[](auto&, auto& c) { c.memory.reset(); }, "/containerDefinitions/0",
       setting + "At least one of 'memory' or 'memoryReservation' must be specified."},
      {[](auto& d, auto&) { d.cpu = 64; }, "/cpu",
       "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of "
       "the Amazon ECS Developer Guide."},
      // ecs.md 1.5
      {[](auto&, auto& c) { c.essential = false; }, "/containerDefinitions",
       "At least one container must be marked as essential."},
      {[](auto&, auto& c) { c.image = ""; }, "/containerDefinitions/0/image",
       "Container.image should not be null or empty."},
      {[](auto&, auto& c) { c.memory = 5; }, "/containerDefinitions/0/memory",
       setting + "'memory' must be at least 6 MiB."},
      {[](auto&, auto& c) { c.memory_reservation = 5; },
       "/containerDefinitions/0/memoryReservation",
       setting + "'memoryReservation' must be at least 6 MiB."},
      {[](auto&, auto& c) { c.memory_reservation = 512; }, "/containerDefinitions/0/memory",
       setting + "'memory' must be greater than 'memoryReservation'."},
      {[](auto& d, auto&) { d.memory = 256; }, "/containerDefinitions/0/memory",
       setting + "'memory' cannot exceed the task's memory."},
      {[](auto&, auto& c) { c.cpu = -1; }, "/containerDefinitions/0/cpu",
       setting + "'cpu' cannot be negative."},
      {[](auto&, auto& c) { c.ports = {port(0, 80)}; },
       "/containerDefinitions/0/portMappings/0/containerPort",
       setting + "'containerPort' must be from 1 to 65535."},
      {[](auto&, auto& c) {
         c.ports = {port(80, 80), port(81, 80)};
       },
       "/containerDefinitions/0/portMappings/1/hostPort",
       setting + "Host port 80/tcp is used twice in the task definition."},
      {[](auto& d, auto& c) { d.network_mode = NetworkMode::kHost, c.ports = {port(80, 81)}; },
       "/containerDefinitions/0/portMappings/0/hostPort",
       setting + "With networkMode 'host' the 'hostPort' is left out or the same as the "
                 "'containerPort'."},
      {[](auto& d, auto& c) {
         d.network_mode = NetworkMode::kHost, c.ports = {port(80, 0), port(80, 80)};
       },
       "/containerDefinitions/0/portMappings/1/hostPort",
       setting + "Host port 80/tcp is used twice in the task definition."},
      {[](auto& d, auto& c) { d.network_mode = NetworkMode::kAwsvpc, c.ports = {port(80, 81)}; },
       "/containerDefinitions/0/portMappings/0/hostPort",
       setting + "With networkMode 'awsvpc' the 'hostPort' is left out or the same as the "
                 "'containerPort'."},
      {[](auto& d, auto& c) { d.network_mode = NetworkMode::kNone, c.ports = {port(80, 0)}; },
       "/containerDefinitions/0/portMappings/0",
       setting + "Port mappings are not allowed with networkMode 'none'."},
      {[](auto& d, auto&) {
         d.constraints = {{"distinctInstance", ""}};
       },
       "/placementConstraints/0/type",
       "Only memberOf is allowed as placement constraint of a task definition, not "
       "'distinctInstance'."},
      {[](auto& d, auto&) {
         d.constraints = {{"memberOf", "attribute:"}};
       },
       "/placementConstraints/0/expression",
       "Invalid expression 'attribute:', column 11: expected the name of an attribute."},
      {[](auto& d, auto&) {
         d.constraints.assign(11, {"memberOf", "attribute:a exists"});
       },
       "/placementConstraints", "A task has at most 10 placement constraints."},
      {[](auto& d, auto&) {
         d.requires_compatibilities = {"EC2", "FARGAT"};
       },
       "/requiresCompatibilities/1", "There is no launch type 'FARGAT'; did you mean 'FARGATE'?"},
      {[](auto& d, auto&) { d.requires_compatibilities = {"FARGATE"}; }, "/requiresCompatibilities",
       "Launch types other than EC2 are not modelled yet."},
      {[](auto&, auto& c) { c.stop_timeout = -1s; }, "/containerDefinitions/0/stopTimeout",
       setting + "'stopTimeout' cannot be negative."},
  }));
  TaskDefinition definition = web();
  row.change(definition, definition.containers.front());
  const auto faults = definition_faults(definition);
  REQUIRE(faults.size() == 1);
  CHECK(faults.front().code == "ClientException");
  CHECK(faults.front().where == row.where);
  CHECK(faults.front().message == row.message);
}

// ecs.md 1.5, the table of ranges; their ends are inside.
TEST_CASE("a container health check has AWS's ranges", "[ecs][definition]") {
  ContainerHealthCheck check;
  check.command = {"CMD-SHELL", "curl localhost"};
  const auto faults_of = [](const ContainerHealthCheck& candidate) {
    TaskDefinition definition = web();
    definition.containers.front().health_check = candidate;
    std::vector<std::string> messages;
    for (const auto& fault : definition_faults(definition)) messages.push_back(fault.message);
    return messages;
  };
  CHECK(faults_of(check).empty());
  check.interval = 5s, check.timeout = 2s, check.retries = 1, check.start_period = 0s;
  CHECK(faults_of(check).empty());
  check.interval = 300s, check.timeout = 60s, check.retries = 10, check.start_period = 300s;
  CHECK(faults_of(check).empty());
  check.interval = 301s, check.timeout = 61s, check.retries = 11, check.start_period = 301s;
  check.command = {"curl"};
  CHECK(
      faults_of(check) ==
      std::vector<std::string>{"Invalid health check: 'interval' must be from 5 to 300 seconds.",
                               "Invalid health check: 'timeout' must be from 2 to 60 seconds.",
                               "Invalid health check: 'startPeriod' must be from 0 to 300 seconds.",
                               "Invalid health check: 'retries' must be from 1 to 10.",
                               "Invalid health check: 'command' begins with CMD or CMD-SHELL."});
  check.interval = 4s, check.timeout = 1s, check.retries = 0, check.start_period = 0s;
  check.command.clear();
  CHECK(faults_of(check).size() == 4);
}

// ecs.md 1.5: at most 10 containers, names once; all faults are told at once.
TEST_CASE("all faults of a task definition are told at once", "[ecs][definition]") {
  TaskDefinition definition = web();
  definition.containers.assign(11, definition.containers.front());
  const auto faults = definition_faults(definition);
  REQUIRE(faults.size() == 11);
  CHECK(faults[0].message == "A task definition has at most 10 containers.");
  CHECK(faults[1].message == "Container.name 'app' is used twice.");
  CHECK(faults[10].where == "/containerDefinitions/10/name");
}

TEST_CASE("what ECS accepts has no fault", "[ecs][definition]") {
  TaskDefinition definition = web();
  auto& container = definition.containers.front();
  SECTION("the plain one") {}
  SECTION("task memory instead of container memory") {
    container.memory.reset();
    definition.memory = 6;
    definition.cpu = 128;
  }
  SECTION("the same port over TCP and UDP") {
    container.ports = {port(53, 53), port(53, 53, Transport::kUdp)};
  }
  SECTION("several dynamic ports") { container.ports = {port(80, 0), port(81, 0)}; }
  SECTION("awsvpc with equal ports") {
    definition.network_mode = NetworkMode::kAwsvpc;
    container.ports = {port(80, 80), port(81, 0)};
  }
  SECTION("EC2 beside FARGATE") { definition.requires_compatibilities = {"EC2", "FARGATE"}; }
  CHECK(definition_faults(definition).empty());
}

// ecs.md 1.5, "What placement charges for a task".
TEST_CASE("a task is charged for what its containers or itself ask", "[ecs][definition]") {
  TaskDefinition definition = web();
  definition.containers.resize(2);
  auto& second = definition.containers.back();
  second.cpu = 100;
  second.memory = 300;
  second.memory_reservation = 200;
  second.gpus = 1;
  second.ports = {port(443, 8443), port(80, 0), port(53, 53, Transport::kUdp), port(22, 8022)};

  Demand demand = demand_of(definition);
  CHECK(demand.cpu == 356);
  CHECK(demand.memory == 712);  // the soft limit where there is one
  CHECK(demand.gpus == 1);
  CHECK_FALSE(demand.eni);
  CHECK(demand.tcp_ports == std::vector<std::uint16_t>{8022, 8443});
  CHECK(demand.udp_ports == std::vector<std::uint16_t>{53});

  definition.cpu = 1024;
  definition.memory = 2048;
  demand = demand_of(definition);
  CHECK(demand.cpu == 1024);
  CHECK(demand.memory == 2048);
}

TEST_CASE("ports are charged by network mode", "[ecs][definition]") {
  TaskDefinition definition = web();
  definition.containers.front().ports = {port(80, 0), port(443, 443)};
  using Ports = std::vector<std::uint16_t>;
  definition.network_mode = NetworkMode::kBridge;
  CHECK(demand_of(definition).tcp_ports == Ports{443});
  definition.network_mode = NetworkMode::kHost;
  CHECK(demand_of(definition).tcp_ports == Ports{80, 443});
  definition.network_mode = NetworkMode::kAwsvpc;
  CHECK(demand_of(definition).tcp_ports.empty());
  CHECK(demand_of(definition).eni);
}

}  // namespace
}  // namespace steady::ecs

#include "sim/cloud/ec2/instance_type.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

namespace steady::ec2 {
namespace {

// The table is data of 282 types; a slip in it would be found by nobody else.
TEST_CASE("the table of instance types is whole and plausible", "[ec2]") {
  CHECK(instance_types().size() == 282);
  std::set<std::string_view> names;
  for (const auto& type : instance_types()) {
    INFO(type.name);
    CHECK(names.insert(type.name).second);
    CHECK(type.vcpus >= 1);
    CHECK(type.vcpus <= 192);
    CHECK(type.memory_mib >= 512);
    CHECK((type.architecture == "x86_64" || type.architecture == "arm64"));
    CHECK(type.network_interfaces >= 2);
    CHECK(type.ipv4_per_interface >= 2);
    CHECK(type.gpus >= 0);
    CHECK(find_instance_type(type.name) == &type);
  }
  CHECK(find_instance_type("m9.huge") == nullptr);
}

// ecs.md 1.5: ENI limit minus the primary one: c5.large 2 tasks, m5.16xlarge 14.
TEST_CASE("well-known types have their facts", "[ec2]") {
  const auto* c5 = find_instance_type("c5.large");
  CHECK(c5->vcpus == 2);
  CHECK(c5->memory_mib == 4096);
  CHECK(c5->network_interfaces == 3);
  CHECK(find_instance_type("m5.16xlarge")->network_interfaces == 15);
  CHECK(find_instance_type("m6g.large")->architecture == "arm64");
  CHECK(find_instance_type("g4dn.12xlarge")->gpus == 4);
  CHECK(find_instance_type("t2.micro")->memory_mib == 1024);
}

// ecs.md 1.4: m4.large registers 7985; elsewhere the formula, marked as assumed.
TEST_CASE("an instance registers less memory than its type has", "[ec2]") {
  const auto sample = registered_memory(*find_instance_type("m4.large"));
  CHECK(sample.mib == 7985);
  CHECK_FALSE(sample.assumed);
  const auto assumed = registered_memory(*find_instance_type("m5.large"));
  CHECK(assumed.mib == 7987);
  CHECK(assumed.assumed);
  for (const auto& type : instance_types()) {
    INFO(type.name);
    CHECK(registered_memory(type).mib < type.memory_mib);
    CHECK(registered_memory(type).mib > type.memory_mib * 9 / 10);
  }
}

}  // namespace
}  // namespace steady::ec2

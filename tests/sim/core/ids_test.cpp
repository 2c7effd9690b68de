#include "sim/core/ids.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/catch.h"

using namespace steady;

namespace {

IdSource ids_of(const char* era, std::uint64_t seed = 1) {
  return {RandomSource{seed, 0}, Era::parse(era).value()};
}

/// True when `text` looks like `shape`, where x is a hexadecimal digit, 9 a decimal one, and V a
/// UUID's variant.
bool looks_like(std::string_view text, std::string_view shape) {
  const auto fits = [](char c, char pattern) {
    switch (pattern) {
      case 'x':
        return std::string_view("0123456789abcdef").find(c) != std::string_view::npos;
      case '9':
        return c >= '0' && c <= '9';
      case 'V':
        return c == '8' || c == '9' || c == 'a' || c == 'b';
      default:
        return c == pattern;
    }
  };
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), fits);
}

constexpr std::string_view kUuid = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
constexpr std::string_view k32Digits = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

}  // namespace

// Programs that read ids off the API check their shape, and it changed over the years.
TEST_CASE("ids have the shape of their era", "[ids]") {
  CHECK(looks_like(ids_of("article").task(3), kUuid));
  CHECK(looks_like(ids_of("2017-12-31").task(3), kUuid));
  CHECK(looks_like(ids_of("2018").task(3), k32Digits));
  CHECK(looks_like(ids_of("2017").container_instance(3), kUuid));
  CHECK(looks_like(ids_of("2026").container_instance(3), k32Digits));
  CHECK(looks_like(ids_of("2015").instance(3), "i-xxxxxxxx"));
  CHECK(looks_like(ids_of("2016").instance(3), "i-0xxxxxxxxxxxxxxxx"));
  CHECK(looks_like(ids_of("2015").image(3), "ami-xxxxxxxx"));
  CHECK(looks_like(ids_of("2026").image(3), "ami-0xxxxxxxxxxxxxxxx"));
  CHECK(looks_like(ids_of("2026").event(3), kUuid));
  CHECK(looks_like(ids_of("2026").load_balancer_suffix(3), "xxxxxxxxxxxxxxxx"));
}

// ecs.md 1.7: this id was seen in a deploy of 2015-04-17T18:44:18Z, and 2^63 - 1 minus it is that
// moment in milliseconds.
TEST_CASE("a deployment id until 2019 counts down from the creation time", "[ids]") {
  const auto created = Calendar::parse("2015-04-17T18:44:18.008Z").value();
  const IdSource ids = ids_of("article");
  CHECK(ids.deployment(0, created.unix_ms(kStart)) == "ecs-svc/9223370607558517799");
  // Two deployments of one millisecond, and one a millisecond earlier but later in the run's order.
  CHECK(ids.deployment(1, created.unix_ms(kStart)) == "ecs-svc/9223370607558517798");
  CHECK(ids.deployment(0, 1'000) != ids.deployment(1, 1'000));
}

TEST_CASE("a deployment id since 2019 is 19 digits that do not tell the time", "[ids]") {
  const IdSource ids = ids_of("2019");
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::string id = ids.deployment(i, 1'429'296'258'008);
    REQUIRE(looks_like(id, "ecs-svc/9999999999999999999"));
    REQUIRE(id[8] != '0');
    REQUIRE(id == ids.deployment(i, 0));
    seen.insert(id);
  }
  CHECK(seen.size() == 1000);
}

// Eight random digits would collide in one of a hundred runs with 10,000 instances.
TEST_CASE("short ids do not collide", "[ids]") {
  const IdSource ids = ids_of("2015");
  std::set<std::string> instances;
  for (std::uint64_t i = 0; i < 50'000; ++i) instances.insert(ids.instance(i));
  CHECK(instances.size() == 50'000);

  SECTION("not even when all of them are used") {
    std::set<std::string> all;
    for (std::uint64_t i = 0; i < 4096; ++i) all.insert(ids.hex("three", i, 3));
    CHECK(all.size() == 4096);
  }
}

// Another kind's ids must not change when one more thing is made.
TEST_CASE("an id depends on seed, kind and ordinal alone", "[ids]") {
  const IdSource ids = ids_of("2026", 7);
  CHECK(ids.task(5) == ids_of("2026", 7).task(5));
  CHECK(ids.task(5) != ids_of("2026", 8).task(5));
  CHECK(ids.task(5) != ids.task(6));
  CHECK(ids.hex("a", 5, 32) != ids.hex("b", 5, 32));
  CHECK(IdSource{RandomSource{7, 1}, Era::newest()}.task(5) != ids.task(5));
}

TEST_CASE("hex gives as many digits as asked for", "[ids]") {
  const IdSource ids = ids_of("2026");
  for (int digits = 1; digits <= 32; ++digits) {
    const std::string text = ids.hex("x", 0, digits);
    CHECK(text.size() == static_cast<std::size_t>(digits));
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  CHECK_THROWS_AS(ids.hex("x", 0, 33), InternalError);
  CHECK_THROWS_AS(ids.hex("x", 0, 0), InternalError);
}

// ecs.md 1.1: the cluster's name came into the ARNs in November 2018.
TEST_CASE("ARNs name the cluster since November 2018", "[ids]") {
  const IdSource before = ids_of("2018-10-31");
  const IdSource since = ids_of("2018-11");
  CHECK(before.service_arn("main", "web") == "arn:aws:ecs:us-east-1:123456789012:service/web");
  CHECK(since.service_arn("main", "web") == "arn:aws:ecs:us-east-1:123456789012:service/main/web");
  CHECK(before.task_arn("main", "ab") == "arn:aws:ecs:us-east-1:123456789012:task/ab");
  CHECK(since.task_arn("main", "ab") == "arn:aws:ecs:us-east-1:123456789012:task/main/ab");
  CHECK(before.container_instance_arn("main", "ab") ==
        "arn:aws:ecs:us-east-1:123456789012:container-instance/ab");
  CHECK(since.container_instance_arn("main", "ab") ==
        "arn:aws:ecs:us-east-1:123456789012:container-instance/main/ab");
}

TEST_CASE("the other ARNs are as AWS writes them", "[ids]") {
  CHECK(IdSource::cluster_arn("main") == "arn:aws:ecs:us-east-1:123456789012:cluster/main");
  CHECK(IdSource::task_definition_arn("web", 3) ==
        "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3");
  CHECK(IdSource::target_group_arn("web", "0123456789abcdef") ==
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef");
  CHECK(IdSource::load_balancer_arn("web", "0123456789abcdef") ==
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/"
        "0123456789abcdef");
  CHECK(IdSource::listener_arn("web", "0123456789abcdef", "fedcba9876543210") ==
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/0123456789abcdef/"
        "fedcba9876543210");
}

#include "sim/cloud/asg/termination_policy.h"

#include <set>

#include "tests/support/catch.h"

namespace steady::asg {
namespace {

struct Case {
  std::vector<Candidate> candidates{{"i-a", "a", kStart + 10min, 0},
                                    {"i-b", "a", kStart + 40min, 1},
                                    {"i-c", "a", kStart + 70min, 0},
                                    {"i-d", "b", kStart, 0}};
  std::vector<std::string> zones{"a", "a", "a", "b"};
  std::vector<std::string> group_zones{"a", "b"};
  SimTime now = kStart + 100min;

  std::set<std::string> chosen(const std::vector<std::string>& policies) const {
    const RandomStream stream(1, "tests/policies");
    std::set<std::string> all;
    for (std::uint64_t entity = 0; entity < 100; ++entity) {
      all.insert(candidates[choose_to_terminate(candidates, zones, group_zones, policies, now,
                                                stream, entity)]
                     .id);
    }
    return all;
  }
};

using Ids = std::set<std::string>;

// ecs.md 5.4: zone with the most instances first, then the policy.
TEST_CASE("termination policies choose in the fullest zone", "[asg]") {
  const Case one;
  CHECK(one.chosen({"OldestInstance"}) == Ids{"i-a"});
  CHECK(one.chosen({"NewestInstance"}) == Ids{"i-c"});
  CHECK(one.chosen({"OldestLaunchTemplate", "NewestInstance"}) == Ids{"i-c"});
  CHECK(one.chosen({"OldestLaunchConfiguration"}) == Ids{"i-a", "i-c"});
  // Ages 90, 60 and 30 minutes: 30, 60 and 30 to the next hour.
  CHECK(one.chosen({"ClosestToNextInstanceHour"}) == Ids{"i-a", "i-c"});
  CHECK(one.chosen({"AllocationStrategy"}) == Ids{"i-a", "i-b", "i-c"});
}

// ecs.md 5.4: the oldest template, closest to the next billing hour, random.
TEST_CASE("the default policy is oldest template, billing hour, chance", "[asg]") {
  Case one;
  CHECK(one.chosen({"Default"}) == Ids{"i-a", "i-c"});
  one.candidates[0].launched_at += 5min;
  CHECK(one.chosen({"Default"}) == Ids{"i-c"});
}

TEST_CASE("a zone that the group has left is emptied first", "[asg]") {
  Case one;
  one.group_zones = {"a"};
  CHECK(one.chosen({"NewestInstance"}) == Ids{"i-d"});
}

TEST_CASE("equally full zones leave the choice to the policy", "[asg]") {
  Case one;
  one.zones = {"a", "b"};
  CHECK(one.chosen({"OldestInstance"}) == Ids{"i-d"});
}

// A zone counts with its protected instances, which are no candidates.
TEST_CASE("fullness counts all instances, not only the candidates", "[asg]") {
  Case one;
  one.zones = {"a", "a", "a", "b", "b", "b", "b"};
  CHECK(one.chosen({"NewestInstance"}) == Ids{"i-d"});
}

}  // namespace
}  // namespace steady::asg

#include <map>
#include <string>
#include <vector>

#include "sim/cloud/elb/anomalies/anomaly_rule.h"
#include "sim/cloud/elb/registry.h"
#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

/// A group of `ended` and `failed` each; who is anomalous after it: "-a-".
std::string compared(std::vector<Compared> group) {
  compare(group);
  std::string all;
  for (const Compared& target : group) all += target.anomalous ? 'a' : '-';
  return all;
}

/// Three healthy targets behind a group whose mitigation is on, unless it is to be watched only.
class Cloud {
 public:
  explicit Cloud(bool mitigates = true, int targets = 3) : world(options(mitigates)) {
    for (int i = 1; i <= targets; ++i)
      all.push_back(world.serving(world.web, "i-" + std::to_string(i)));
  }
  static Options options(bool mitigates) {
    Options options;
    options.group.algorithm = "weighted_random";
    options.group.mitigates_anomalies = mitigates;
    return options;
  }
  /// So many failures of 100 attempts each in every interval from now on.
  void fails(std::vector<std::uint64_t> failed) {
    world.plane.ends.assign(all.back() + std::size_t{1}, {});
    for (std::size_t i = 0; i < failed.size(); ++i) world.plane.ends[all[i]] = {100, failed[i]};
  }
  /// To just after the next look.
  void look() {
    world.loop.run_until(SimTime{(world.loop.now().time_since_epoch() / 5s + 1) * 5s});
  }
  std::vector<std::uint32_t> weights() { return world.node().weights; }
  std::string journal() const {
    std::string all_entries;
    for (const auto& entry : world.journal.entries()) {
      if (entry.kind != "anomaly") continue;
      all_entries += entry.subject + " " + std::string(entry["result"]) + "/" +
                     std::string(entry["mitigation"]) + " at " + format_seconds(entry.at) + "; ";
    }
    return all_entries;
  }
  SmallElb world;
  std::vector<TargetId> all;
};

using Weights = std::vector<std::uint32_t>;

}  // namespace

// elb.md 2.9: three healthy targets are needed, and each is compared with its peers. The numbers
// are this model's own (known deviations).
TEST_CASE("a target stands out when it fails more often than the others do",
          "[elb][anomalies][elb.md 2.9]") {
  CHECK(compared({{100, 0}, {100, 100}, {100, 0}}) == "-a-");
  // Two are too few to say which of them is right.
  CHECK(compared({{100, 0}, {100, 100}}) == "--");
  CHECK(compared({{100, 0, true}, {100, 100, true}}) == "--");
  // More than three times the median and two percent more: 5 % is normal, the bound is 17 %.
  CHECK(compared({{100, 5}, {100, 5}, {100, 17}}) == "---");
  CHECK(compared({{100, 5}, {100, 5}, {100, 18}}) == "--a");
  CHECK(compared({{1000, 0}, {1000, 0}, {1000, 20}}) == "---");
  CHECK(compared({{1000, 0}, {1000, 0}, {1000, 21}}) == "--a");
  // A few failures are chance.
  CHECK(compared({{4, 4}, {100, 0}, {100, 0}}) == "---");
  CHECK(compared({{5, 5}, {100, 0}, {100, 0}}) == "a--");
  // A group that is broken as a whole has no anomaly; nor have two halves.
  CHECK(compared({{100, 50}, {100, 90}, {100, 60}}) == "---");
  CHECK(compared({{100, 100}, {100, 0}, {100, 100}, {100, 0}}) == "----");
  CHECK(compared({{100, 100}, {100, 0}, {100, 100}, {100, 0}, {100, 0}}) == "a-a--");
  // Once found, it is normal again when it no longer does; one attempt is enough to see that.
  CHECK(compared({{1, 1, true}, {100, 0}, {100, 0}}) == "a--");
  CHECK(compared({{1, 0, true}, {100, 0}, {100, 0}}) == "---");
  // Where nothing was seen all stays as it was.
  CHECK(compared({{0, 0, true}, {100, 0}, {100, 0}, {100, 0}}) == "a---");
  CHECK(compared({{0, 0}, {100, 100}, {100, 0}}) == "---");
}

// elb.md 2.9: it is cut to the least share at once, and ramps back when it is normal again; every
// 5 s, without a change of its health.
TEST_CASE("an anomalous target gets the least weight and ramps back",
          "[elb][anomalies][elb.md 2.9]") {
  Cloud cloud;
  CHECK(cloud.world.plane.every == 5s);
  cloud.fails({0, 100, 0});
  CHECK(cloud.weights().empty());
  cloud.look();
  CHECK(cloud.weights() == Weights{1000, 20, 1000});
  CHECK(cloud.world.elb.anomaly(cloud.all[1]) == TargetAnomaly{true, true});
  CHECK(cloud.world.elb.anomaly(cloud.all[0]) == TargetAnomaly{});
  CHECK(cloud.world.state(cloud.all[1]) == "healthy");
  cloud.look();
  CHECK(cloud.weights() == Weights{1000, 20, 1000});
  cloud.fails({0, 0, 0});
  for (const std::uint32_t weight : {40, 80, 160, 320, 640}) {
    cloud.look();
    CHECK(cloud.weights() == Weights{1000, weight, 1000});
    CHECK(cloud.world.elb.anomaly(cloud.all[1]) == TargetAnomaly{false, true});
  }
  cloud.look();
  CHECK(cloud.weights().empty());
  CHECK(cloud.world.elb.anomaly(cloud.all[1]) == TargetAnomaly{});
  CHECK(cloud.journal() ==
        "i-2:80 anomalous/yes at 5.000s; i-2:80 normal/yes at 15.000s; i-2:80 normal/no at "
        "40.000s; ");
}

// The issue: nothing may cost anything where it is off.
TEST_CASE("nothing is counted while nobody wants to know", "[elb][anomalies][elb.md 2.9]") {
  Cloud cloud(false);
  cloud.fails({0, 100, 0});
  cloud.look();
  CHECK_FALSE(cloud.world.plane.every);
  CHECK_FALSE(cloud.world.elb.anomaly(cloud.all[1]));
  CHECK(cloud.weights().empty());
}

// elb.md 2.9: detection is always on; only mitigation changes weights. What is merely watched
// leaves nothing in the journal, which has to be the same whoever looks.
TEST_CASE("anomalies are found without mitigation, and change nothing",
          "[elb][anomalies][elb.md 2.9]") {
  Cloud cloud(false);
  cloud.world.elb.watch_anomalies();
  cloud.fails({0, 100, 0});
  cloud.look();
  CHECK(cloud.world.elb.anomaly(cloud.all[1]) == TargetAnomaly{true, false});
  CHECK(cloud.weights().empty());
  CHECK(cloud.journal().empty());
  cloud.fails({0, 0, 0});
  cloud.look();
  REQUIRE(cloud.world.elb.anomaly_changes().size() == 2);
  CHECK(cloud.world.elb.anomaly_changes()[0].at == kStart + 5s);
  CHECK(cloud.world.elb.anomaly_changes()[1].to == TargetAnomaly{});
}

// Mitigation can be switched at any time: an interval of which a part was not counted is not looked
// at, and weights are full as soon as it is off.
TEST_CASE("mitigation switched on looks at whole intervals, switched off it ends at once",
          "[elb][anomalies][elb.md 2.9]") {
  Cloud cloud(false);
  cloud.fails({0, 100, 0});
  cloud.world.run_for(7s);
  TargetGroupSpec spec = *cloud.world.elb.target_group("web");
  spec.mitigates_anomalies = true;
  REQUIRE(cloud.world.elb.modify_target_group("web", spec));
  cloud.look();  // at 10 s
  CHECK(cloud.weights().empty());
  cloud.look();
  CHECK(cloud.weights() == Weights{1000, 20, 1000});
  cloud.world.run_for(1s);
  spec.mitigates_anomalies = false;
  REQUIRE(cloud.world.elb.modify_target_group("web", spec));
  CHECK(cloud.weights().empty());
  CHECK_FALSE(cloud.world.elb.anomaly(cloud.all[1]));
  cloud.look();
  CHECK_FALSE(cloud.world.plane.every);
}

// A registration that ends takes its anomaly with it, and a target comes back from unhealthy with
// its full share; fewer than three healthy ones are not compared (elb.md 2.9).
TEST_CASE("a target that is not healthy is not anomalous", "[elb][anomalies][elb.md 2.9]") {
  Cloud cloud(true, 4);
  cloud.fails({0, 100, 0, 0});
  cloud.look();
  CHECK(cloud.weights() == Weights{1000, 20, 1000, 1000});
  cloud.world.elb.deregister_target(cloud.all[1]);
  cloud.look();
  CHECK(cloud.weights().empty());
  CHECK(cloud.world.elb.anomaly(cloud.all[1]) == TargetAnomaly{});
  cloud.fails({0, 0, 100, 0});
  cloud.look();
  CHECK(cloud.weights() == Weights{1000, 20, 1000});
  cloud.world.elb.deregister_target(cloud.all[0]);
  cloud.look();
  CHECK(cloud.weights().empty());
}

// elb.md 2.9: weighted_random is the only algorithm with it, and it goes with neither slow start
// nor stickiness.
TEST_CASE("anomaly mitigation goes with weighted_random alone", "[elb][anomalies][elb.md 2.9]") {
  SmallElb world;
  TargetGroupSpec spec = *world.elb.target_group("web");
  spec.mitigates_anomalies = true;
  const auto refused = [&] {
    const auto done = world.elb.modify_target_group("web", spec);
    return done ? std::string() : done.error().code + ": " + done.error().message;
  };
  CHECK(refused() ==
        "ValidationError: Anomaly mitigation is not supported with the 'round_robin' load "
        "balancing algorithm");
  spec.algorithm = "weighted_random";
  spec.slow_start = 30s;
  spec.sticky = true;
  CHECK_THAT(refused(), Catch::Contains("Slow start mode is not supported") &&
                            Catch::Contains("Stickiness is not supported"));
  spec.slow_start = 0s;
  spec.sticky = false;
  CHECK(refused().empty());
  TargetGroupSpec network = testing::tcp_group();
  network.mitigates_anomalies = true;
  CHECK_FALSE(world.elb.create_target_group(network));
}

// elb.md 2.9: equal weights are the uniform draw, to the bit; else chances are the weights' shares.
TEST_CASE("a weighted random choice has the shares of the weights",
          "[elb][anomalies][elb.md 2.9]") {
  const std::vector<RouteTarget> five{{10, 0}, {11, 0}, {12, 0}, {13, 0}, {14, 0}};
  const auto plain = make_algorithm("weighted_random"), equal = make_algorithm("weighted_random"),
             weighted = make_algorithm("weighted_random");
  for (const auto* algorithm : {&plain, &equal, &weighted}) (*algorithm)->set_candidates(five);
  equal->set_weights(Weights{1000, 1000, 1000, 1000, 1000});
  weighted->set_weights(Weights{1000, 20, 1000, 1000, 80});
  const std::vector<TargetId> not_these{10, 13};
  std::map<std::size_t, int> got, other;
  constexpr std::uint32_t kDraws = 100'000;
  for (std::uint32_t i = 0; i < kDraws; ++i) {
    const Turn turn{kStart, i * 42'949U + 7U};
    REQUIRE(plain->choose(turn) == equal->choose(turn));
    REQUIRE(plain->choose_other(turn, five, not_these) ==
            equal->choose_other(turn, five, not_these));
    ++got[weighted->choose(turn)];
    ++other[weighted->choose_other(turn, five, not_these)];
  }
  // The draws are evenly spread: counts are the shares, but for one or two.
  const Weights weights{1000, 20, 1000, 1000, 80};
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(std::abs(got[i] - int(weights[i] * kDraws / 3100)) <= 2);
  CHECK(std::abs(other[1] - int(20 * kDraws / 1100)) <= 2);
  CHECK(std::abs(other[4] - int(80 * kDraws / 1100)) <= 2);
  CHECK(other[0] + other[3] == 0);
  // New candidates are alike until they are told their weights.
  weighted->set_candidates(five);
  CHECK(weighted->choose({kStart, 0x40000000U}) == plain->choose({kStart, 0x40000000U}));
}

}  // namespace steady::elb

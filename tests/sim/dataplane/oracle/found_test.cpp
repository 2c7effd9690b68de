#include "tests/sim/dataplane/oracle/both.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

namespace {

/// A world of which everything is said: one process behind one balancer of one node, and one
/// request at 1 s that nobody sends again.
Script quiet() {
  Script script(1);
  script.models.resize(1);
  script.models[0] = {};
  script.models[0].revision = "web:1";
  script.models[0].service_time = Distribution(SimDuration{100ms});
  script.listeners.assign(1, {});
  script.sources.assign(1, {});
  auto& source = script.sources[0];
  source.name = "traffic/0";
  source.load_balancer = "0";
  source.arrivals = traffic::SourceSpec::Arrivals::kConstant;
  source.profile = {{kStart + 1s, kStart + 2s, {1000}, {1000}}};
  source.timeout = SimDuration::max();
  script.todo.clear();
  script.slowdowns.clear();
  script.breakdowns_of_others.clear();
  script.flows_end.clear();
  script.anomalies.reset();
  script.weighted_random = false;
  script.slow_start = SimDuration{0};
  script.first = 1;
  return script;
}

constexpr int kLostMachine = 2, kDrainOver = 6;  // as the actor numbers deeds
constexpr int kInSilence = 4;

}  // namespace

// elb.md 2.14: bytes of a body keep the idle time-out from running out, where somebody takes them.
// Here the connect is still waiting for an answer when its connection breaks: nothing of the body
// was ever sent, and the time-out counts from the connect (seed 1556: it counted from the break).
TEST_CASE("the body of a request that nobody has taken keeps no time-out running",
          "[dataplane][oracle][elb.md 2.14]") {
  for (const SimDuration upload : {0ms, 500ms, 5000ms}) {
    Script script = quiet();
    script.listeners[0].idle = 1500ms;
    script.sources[0].transfer.emplace();
    script.sources[0].transfer->upload = Distribution(upload);
    script.todo = {{500ms, kLostMachine, 0, 0}, {2s, kDrainOver, 0, kInSilence}};
    const auto fast = by_fast_path(script, 1).told, plain = by_plain_model(script, 1).told;
    REQUIRE(fast.size() == 1);
    const Told& told = fast.begin()->second;
    CHECK(told.words() == plain.begin()->second.words());
    CHECK(told.sent == kStart + 1s);
    CHECK(told.ended == kStart + 2500ms);
    CHECK(told.outcome == Outcome::kTimeout);
  }
}

#include <memory>

#include "sim/dataplane/data_plane.h"
#include "tests/sim/dataplane/oracle/actor.h"
#include "tests/support/catch.h"
#include "tests/support/environment.h"
#include "tests/support/units.h"

using namespace steady;
using test::environment;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

namespace {

/// A random world without what makes its requests other than simple; now and then an app keeps it,
/// so that both ways take turns.
Script simple(std::uint64_t seed) {
  Script script(seed);
  script.slowdowns.clear();
  for (auto& model : script.models) {
    model.dependencies.clear();
    model.pauses.reset();
    model.memory.reset();
    model.shed_above.reset();
    model.queue_timeout.reset();
  }
  script.sources.resize(1);
  traffic::SourceSpec plain;
  plain.name = script.sources[0].name;
  plain.load_balancer = script.sources[0].load_balancer;
  if (script.listeners[std::stoul(plain.load_balancer)].network) plain.load_balancer.assign(1, '0');
  std::erase_if(script.listeners, [](const auto& listener) { return listener.network; });
  script.flows_end.clear();
  plain.arrivals = script.sources[0].arrivals;
  plain.timeout = script.sources[0].timeout;
  plain.profile = script.sources[0].profile;
  script.sources[0] = plain;
  for (auto& listener : script.listeners) {
    listener.gap.reset();
    listener.surge = 0;
    listener.proxy.reset();
    listener.ruled.clear();
    listener.changes.clear();
    if (seed % 7 == 0) continue;  // DNS answers that change end the simple time.
    listener.answers.clear();
    listener.closes.clear();
  }
  std::uint64_t kept = seed;
  for (auto& model : script.models) {
    if (kept++ % 4 == 0) continue;
    model.errors_per_million = 0;
    model.cold_requests = 0;
    model.reads.clear();
    model.writes.clear();
  }
  script.weighted_random = false;
  // While somebody counts by target all go one by one.
  script.anomalies.reset();
  if (seed % 5 == 0)
    script.anomalies = {.from = seed % 3 * 4s, .until = seed % 3 * 4s + 20s, .mitigates = false};
  // Every other world has enough to do for several workers.
  if (seed % 2 == 0) {
    for (auto& piece : script.sources[0].profile) {
      piece.from.per_1000_seconds *= 200;
      piece.to.per_1000_seconds *= 200;
    }
    for (auto& model : script.models) {
      model.concurrency *= 50;
      model.backlog *= 50;
    }
    for (auto& listener : script.listeners) listener.least = listener.least && seed % 4 == 0;
  }
  return script;
}

struct Ending {
  std::uint64_t digest = 0, sent = 0, batched = 0, shared = 0;
  Sums sums;
  std::map<std::string, std::uint64_t> versions;
  std::map<std::pair<std::uint32_t, std::string>, std::uint64_t> dropped;
  std::vector<std::pair<SimTime, std::uint64_t>> kept;  ///< the first drops
  std::vector<std::vector<app::TargetEnds>> counted;
};

/// Does the parts one after the other, the last one first: who depends on their order is found out.
class Backwards final : public Workers {
 public:
  unsigned count() const override { return 3; }
  void run(const std::function<void(unsigned)>& part) override {
    for (unsigned number = count(); number-- > 0;) part(number);
  }
};

Ending run(const Script& script, std::uint64_t seed, bool one_by_one, Workers* workers = nullptr) {
  Ground ground(seed);
  DataPlane plane(ground.loop, ground.fleet, ground.database, ground.random, {});
  plane.use(workers);
  plane.ledger().keep_drops = 20;
  Actor actor(script, ground, plane);
  actor.changed = [&plane] { plane.frontends_changed(); };
  plane.set_lookups([&](std::string_view name,
                        std::uint16_t) { return &ground.listener(std::stoul(std::string(name))); },
                    {});
  // Somebody who wants to hear of each request is told of them one by one.
  if (one_by_one) plane.observe([](const RequestRecord&) {});
  for (const auto& spec : script.sources) plane.add_source(spec);
  ground.loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
  for (SimTime at = kStart + 7s; at < kStart + Script::kLong; at += 7s) {
    ground.loop.run_until(at);
    plane.ledger().cut(at);
    plane.check_conserved();
  }
  ground.loop.run_until(kStart + Script::kLong);
  plane.finish();
  plane.check_conserved();
  Ending ending;
  ending.counted = actor.counted;
  ending.digest = plane.digest();
  ending.sent = plane.sent();
  ending.batched = plane.carried_in_batches();
  ending.shared = plane.carried_side_by_side();
  ending.sums = plane.ledger().total();
  for (VersionId v = 0; v < plane.ledger().versions().size(); ++v)
    ending.versions[plane.ledger().versions()[v]] = plane.ledger().sum(kStart, kNever, v).total();
  for (const auto& [key, n] : plane.ledger().dropped_by_process)
    ending.dropped[{key.first, plane.ledger().cause(key.second).text}] = n;
  for (const auto& drop : plane.ledger().drops) ending.kept.push_back({drop.ended_at, drop.index});
  return ending;
}

}  // namespace

// Many at a time is a way to be fast, not another model: the digest is over every single request.
TEST_CASE("requests that are carried in batches end as they do one by one", "[dataplane][oracle]") {
  const std::uint64_t begin = environment("STEADY_FIRST_SEED", 1),
                      count = environment("STEADY_ORACLE_WORLDS", 400) / 4;
  std::uint64_t sent = 0, batched = 0, mixed = 0, side_by_side = 0, counts = 0;
  for (std::uint64_t seed = begin; seed < begin + count; ++seed) {
    const Script script = simple(seed);
    Backwards several;
    const Ending batches = run(script, seed, false), singles = run(script, seed, true);
    // Here on a machine without vector units.
    const UnitsForNow none(VectorUnits::kNone);
    const Ending shared = run(script, seed, false, &several);
    INFO("seed " << seed);
    REQUIRE(shared.digest == singles.digest);
    REQUIRE(shared.sums.by_outcome == singles.sums.by_outcome);
    REQUIRE(shared.sums.latency == singles.sums.latency);
    REQUIRE(shared.versions == singles.versions);
    REQUIRE(shared.dropped == singles.dropped);
    REQUIRE(shared.kept == singles.kept);
    REQUIRE(batches.kept == singles.kept);
    REQUIRE(singles.batched == 0);
    REQUIRE(batches.sent == singles.sent);
    REQUIRE(batches.digest == singles.digest);
    REQUIRE(batches.sums.by_outcome == singles.sums.by_outcome);
    REQUIRE(batches.sums.latency == singles.sums.latency);
    REQUIRE(batches.versions == singles.versions);
    REQUIRE(batches.dropped == singles.dropped);
    REQUIRE(batches.counted == singles.counted);
    REQUIRE(shared.counted == singles.counted);
    counts += singles.counted.size();
    sent += batches.sent;
    batched += batches.batched;
    side_by_side += shared.shared;
    mixed += batches.batched > 0 && batches.batched < batches.sent ? 1 : 0;
  }
  // Both ways were met, and worlds in which they take turns.
  CHECK(batched > sent / 20);
  CHECK(side_by_side > sent / 50);
  CHECK(mixed > count / 4);
  CHECK(counts > 0);
}

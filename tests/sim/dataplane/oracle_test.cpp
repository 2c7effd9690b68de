#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/data_plane.h"
#include "tests/sim/dataplane/plain_plane.h"
#include "tests/support/catch.h"
#include "tests/support/environment.h"

using namespace steady;
using test::environment;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

namespace {

using D = Distribution;

/// Everything below the data plane; one each for the fast path and for the plain model.
struct Ground {
  explicit Ground(std::uint64_t seed)
      : random{seed, 0}, fleet(loop, random, journal), database(loop, journal, {"name", "email"}) {}
  EventLoop loop;
  Journal journal;
  RandomSource random;
  app::Fleet fleet;
  database::Database database;
  std::deque<elb::Frontend> frontends;  ///< a way to a group each; the listeners' own come first
  std::deque<elb::Frontend> faces;      ///< of listeners with rules
  std::map<std::size_t, elb::Frontend*> face_of;
  elb::Frontend& listener(std::size_t number) {
    const auto face = face_of.find(number);
    return face == face_of.end() ? frontends[number] : *face->second;
  }
};

/// A small world with its troubles, as a list of deeds that can be done to any ground.
struct Script {
  explicit Script(std::uint64_t seed)
      : stream(seed, "oracle"),
        later(seed, "oracle, later"),
        latest(seed, "oracle, latest"),
        rules(seed, "oracle, rules") {
    const int model_count = 1 + pick(3);
    for (int i = 0; i < model_count; ++i) {
      app::AppModel& model = models.emplace_back();
      model.revision = "web:" + std::to_string(i + 1);
      const SimDuration mean{1'000'000 * (1 + pick(400))};
      switch (pick(4)) {
        case 0:
          model.service_time = D(mean);
          break;
        case 1:
          model.service_time = D(D::Exponential{mean});
          break;
        case 2:
          model.service_time = D(D::Lognormal{mean, 6 * mean});
          break;
        default:
          model.service_time =
              D(D::Mixture{{{0.9, {D(mean)}}, {0.1, {D(D::Exponential{20 * mean})}}}});
      }
      model.concurrency = static_cast<std::uint32_t>(1 + pick(4));
      model.backlog = static_cast<std::uint32_t>(pick(3) == 0 ? pick(3) : pick(30));
      if (pick(3) == 0) model.errors_per_million = static_cast<std::uint32_t>(pick(300'000));
      if (pick(3) == 0) model.ready_after = D(D::Uniform{0s, 5s});
      if (pick(4) == 0) model.exit_after = D(D::Uniform{5s, 60s});
      model.on_sigterm = static_cast<app::OnSigterm>(pick(3));
      if (pick(3) == 0) model.reads = {"name"};
      if (pick(3) == 0) model.writes = {"email"};
      model.closes_streams = third(2) == 0;
      // What came later has a stream of its own, so that old worlds stay what they were.
      if (more(4) == 0) {
        model.cold_requests = static_cast<std::uint64_t>(more(100));
        model.cold_factor = 1 + more(5);
      }
      if (more(3) == 0) {
        model.keep_alive = SimDuration{1'000'000LL * more(3000)};
        model.close_race = SimDuration{1'000'000LL * more(800)};
      }
    }
    const int listener_count = 1 + pick(2);
    for (int i = 0; i < listener_count; ++i) {
      Listener listener;
      listener.classic = pick(3) == 0;
      listener.nodes = 1 + pick(3);
      listener.least = pick(2) == 0;
      listener.idle = SimDuration{1'000'000LL * (200 + pick(60'000))};
      listener.retries = listener.classic ? pick(3) : 0;
      if (more(3) == 0) listener.sticky = SimDuration{1'000'000LL * (1 + more(20'000))};
      if (more(3) == 0)
        listener.gap = D(D::Exponential{SimDuration{1'000'000LL * (1 + more(2000))}});
      listeners.push_back(listener);
    }
    const int source_count = 1 + pick(3);
    for (int i = 0; i < source_count; ++i) {
      traffic::SourceSpec& spec = sources.emplace_back();
      spec.name = "traffic/" + std::to_string(i);
      spec.load_balancer = std::to_string(pick(listener_count));
      spec.arrivals = pick(2) == 0 ? traffic::SourceSpec::Arrivals::kConstant
                                   : traffic::SourceSpec::Arrivals::kPoisson;
      spec.timeout =
          pick(4) == 0 ? SimDuration::max() : SimDuration{1'000'000LL * (1 + pick(9'000))};
      if (third(2) == 0) {
        auto& retry = spec.retry;
        retry.attempts = static_cast<std::uint32_t>(2 + third(4));
        retry.exponential = third(4) != 0;
        retry.base = SimDuration{1'000'000LL * third(1500)};
        retry.cap = SimDuration{1'000'000LL * (1 + third(8000))};
        retry.jitter = static_cast<traffic::RetryPolicy::Jitter>(third(4));
        for (std::size_t k = 1; k < kOutcomes; ++k) retry.on[k] = third(5) != 0;
        if (third(3) == 0) retry.deadline = SimDuration{1'000'000LL * (1 + third(6000))};
        if (third(3) == 0) {
          retry.budget_per_mille = third(300);
          retry.burst = third(20);
        }
      }
      if (!spec.retry.retries() && third(3) == 0) {
        traffic::StreamPolicy held;
        const SimDuration mean{1'000'000LL * (1 + third(20'000))};
        held.life = third(2) == 0 ? D(mean) : D(D::Exponential{mean});
        if (third(2) == 0)
          held.reconnect = third(3) == 0 ? D(SimDuration{0}) : D(D::Uniform{0s, 2s});
        spec.stream = held;
      }
      if (more(2) == 0) spec.clients = static_cast<std::uint32_t>(1 + more(40));
      const traffic::Rate low{1000LL * (1 + pick(20))}, high{1000LL * (1 + pick(40))};
      spec.profile = {{kStart, kStart + 20s, low, low}, {kStart + 20s, kStart + kLong, low, high}};
    }
    weighted_random = more(6) == 0;
    if (!weighted_random && more(3) == 0) slow_start = std::chrono::seconds{30 + more(60)};
    const int deeds = pick(16);
    for (int i = 0; i < deeds; ++i) {
      // On whole seconds too, where constant traffic meets them at the same nanosecond.
      SimDuration at{1'000'000LL * pick(60'000)};
      if (pick(3) == 0) at = std::chrono::duration_cast<std::chrono::seconds>(at);
      todo.push_back({at, pick(9), pick(1000), pick(1000)});
    }
    first = 1 + pick(4);
    for (auto& listener : listeners) {
      if (listener.classic || fourth(3) != 0) continue;
      listener.ruled.resize(2);
      for (auto& rule : listener.ruled) {
        rule.answers = fourth(2) == 0;
        rule.first = static_cast<std::uint32_t>(fourth(4));
        rule.second = static_cast<std::uint32_t>(fourth(4));
        if (fourth(2) == 0) rule.sticky = SimDuration{1'000'000LL * (1 + fourth(20'000))};
      }
      for (int node = 0; node < listener.nodes; ++node) {
        if (fourth(2) == 0)
          listener.changes.push_back({SimDuration{1'000'000LL * fourth(60'000)}, node});
      }
    }
    static const char* const kPaths[] = {"/", "/answer", "/second/x"};
    for (auto& source : sources) source.request.path = kPaths[fourth(3)];
  }
  int pick(int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  }

  int more(int bound) {
    return static_cast<int>(later.below(static_cast<std::uint64_t>(bound), 0, later_draw++));
  }

  int third(int bound) {
    return static_cast<int>(latest.below(static_cast<std::uint64_t>(bound), 0, latest_draw++));
  }

  int fourth(int bound) {
    return static_cast<int>(rules.below(static_cast<std::uint64_t>(bound), 0, rules_draw++));
  }

  static constexpr SimDuration kLong = 60s;
  struct Ruled {
    bool answers = false;
    std::uint32_t first = 1, second = 0;
    SimDuration sticky{0};
  };
  struct Listener {
    bool classic = false, least = false;
    int nodes = 1, retries = 0;
    SimDuration idle{60s}, sticky{0};
    std::optional<D> gap;
    std::vector<Ruled> ruled;                          ///< before and after a change
    std::vector<std::pair<SimDuration, int>> changes;  ///< when which node follows the second
  };
  struct Deed {
    SimDuration at;
    int kind, who, which;
  };
  RandomStream stream, later, latest, rules;
  std::uint32_t draw = 0, later_draw = 0, latest_draw = 0, rules_draw = 0;
  bool weighted_random = false;
  SimDuration slow_start{0};
  std::deque<app::AppModel> models;
  std::vector<Listener> listeners;
  std::vector<traffic::SourceSpec> sources;
  std::vector<Deed> todo;
  int first = 1;
};

/// Does a script to one ground.
class Actor {
 public:
  Actor(const Script& script, Ground& ground, app::RequestPlane& plane)
      : script_(script), ground_(ground), plane_(plane) {
    ground.fleet.attach(plane);
    for (const auto& listener : script.listeners) make_way(listener);
    for (std::size_t i = 0; i < script.listeners.size(); ++i) {
      const auto& listener = script.listeners[i];
      if (listener.ruled.empty()) continue;
      make_way(listener).group = 1;
      second_ways_.insert(&ground.frontends.back());
      elb::Frontend& face = ground.faces.emplace_back();
      face.nodes.resize(static_cast<std::size_t>(listener.nodes));
      const auto before = routes(listener.ruled[0], ground.frontends[i]),
                 after = routes(listener.ruled[1], ground.frontends[i]);
      face.routes.assign(face.nodes.size(), before);
      ground.face_of[i] = &face;
      for (const auto& [at, node] : listener.changes) {
        ground.loop.at(kStart + at, "rules", [this, &face, after, node = node] {
          face.routes[static_cast<std::size_t>(node)] = after;
          if (changed) changed();
        });
      }
    }
    for (int i = 0; i < script.first; ++i) launch(i);
    for (const auto& deed : script.todo)
      ground.loop.at(kStart + deed.at, "deed", [this, deed] { act(deed); });
  }
  std::function<void()> changed;  ///< called when a listener's rules were changed

 private:
  elb::Frontend& make_way(const Script::Listener& listener) {
    elb::Frontend& frontend = ground_.frontends.emplace_back();
    frontend.kind = listener.classic ? elb::Kind::kClassic : elb::Kind::kApplication;
    frontend.idle_timeout = listener.idle;
    frontend.connect_timeout = 3s;
    frontend.connect_retries = listener.retries;
    frontend.sticky_for = listener.sticky;
    frontend.reuse_gap = listener.gap;
    frontend.nodes.resize(static_cast<std::size_t>(listener.nodes));
    for (auto& node : frontend.nodes) {
      node.algorithm = elb::make_algorithm(script_.weighted_random ? "weighted_random"
                                           : listener.least        ? "least_outstanding_requests"
                                                                   : "round_robin");
      node.algorithm->set_slow_start(script_.slow_start);
    }
    return frontend;
  }
  /// "/answer" is answered by the balancer, "/second/*" goes to the group made last, the rest to
  /// both by weight.
  std::shared_ptr<const elb::Routes> routes(const Script::Ruled& rule, elb::Frontend& first) {
    elb::Frontend* second = &ground_.frontends.back();
    elb::Routes out;
    const auto path = [](const char* pattern) {
      return elb::Condition{.field = elb::Condition::Field::kPath, .values = {pattern}};
    };
    if (rule.answers) {
      elb::Route answer;
      answer.conditions = {path("/answer")};
      answer.type = elb::ActionSpec::Type::kFixedResponse;
      answer.status = 503;
      out.push_back(answer);
    }
    elb::Route only;
    only.conditions = {path("/second/*")};
    only.ways = {{second, 1}};
    out.push_back(only);
    elb::Route both;
    both.ways = {{&first, rule.first}, {second, rule.second}};
    both.sticky_for = rule.sticky;
    out.push_back(both);
    return std::make_shared<const elb::Routes>(out);
  }
  struct Member {
    app::TargetId target;
    app::EndpointId endpoint;
    app::ProcessId process;
    app::HostId host;
    bool member = true;
    SimTime slow_since = kNever;
  };
  void launch(int which) {
    const auto number = members_.size();
    const auto host = ground_.fleet.host("i-" + std::to_string(number));
    const auto endpoint = ground_.fleet.endpoint(host, 80);
    const auto& model = script_.models[static_cast<std::size_t>(which) % script_.models.size()];
    const auto process = ground_.fleet.launch(model, endpoint, "task", number, {});
    members_.push_back({static_cast<app::TargetId>(number), endpoint, process, host});
    if (number > 0) members_.back().slow_since = ground_.loop.now();
    tell_nodes();
  }
  void tell_nodes() {
    for (auto& frontend : ground_.frontends) {
      std::size_t n = 0;
      for (auto& node : frontend.nodes) {
        node.candidates.clear();
        for (const auto& member : members_) {
          // Nodes may know different things: the last one learns of every third target never.
          const bool knows = n + 1 < frontend.nodes.size() || n == 0 || member.target % 3 != 2;
          // The second group of a listener has every other target.
          const bool in = !second_ways_.contains(&frontend) || member.target % 2 == 0;
          if (member.member && knows && in) {
            node.candidates.push_back({member.target, member.endpoint, member.slow_since});
          }
        }
        node.algorithm->set_candidates(node.candidates);
        ++n;
      }
    }
  }
  void act(const Script::Deed& deed) {
    Member& member = members_[static_cast<std::size_t>(deed.who) % members_.size()];
    auto& fleet = ground_.fleet;
    const bool lives = fleet.process(member.process).state != app::ProcessState::kGone;
    switch (deed.kind) {
      case 0:
        return launch(deed.which);
      case 1:
        if (lives) fleet.kill(member.process, {"killed"});
        return;
      case 2:
        return fleet.host_gone(member.host, {"the machine is lost", true});
      case 3:
        return fleet.sigterm(member.process);
      case 4:
        return fleet.crash(member.process, 1);
      case 5:  // deregistered: some nodes forget it, and what it holds may be cut later
        member.member = false;
        return tell_nodes();
      case 6:
        return plane_.cut_target(0, member.target, {"drained", deed.which % 4 == 0});
      case 7: {
        auto& frontend =
            ground_.listener(static_cast<std::size_t>(deed.which) % script_.listeners.size());
        frontend.exists = !frontend.exists;
        return;
      }
      default: {
        using Kind = database::MigrationStep::Kind;
        const bool drop = deed.which % 2 == 0;
        (void)ground_.database.begin({drop ? Kind::kDrop : Kind::kAdd,
                                      deed.which % 3 == 0 ? "name" : "email", "",
                                      SimDuration{1'000'000LL * (deed.which % 700)}, false});
      }
    }
  }
  const Script& script_;
  Ground& ground_;
  app::RequestPlane& plane_;
  std::vector<Member> members_;
  std::set<const elb::Frontend*> second_ways_;
};

ToldRequests fast(const Script& script, std::uint64_t seed) {
  Ground ground(seed);
  DataPlane plane(ground.loop, ground.fleet, ground.database, ground.random, {});
  Actor actor(script, ground, plane);
  actor.changed = [&plane] { plane.frontends_changed(); };
  plane.set_lookups([&](std::string_view name,
                        std::uint16_t) { return &ground.listener(std::stoul(std::string(name))); },
                    {});
  ToldRequests told;
  plane.observe([&](const RequestRecord& record) {
    const Cause& cause = plane.ledger().cause(record.cause);
    Told& one = told[{record.source, record.index}];
    Told blank;
    blank.before = one.before;
    REQUIRE(one == blank);  // booked once
    Told now = {record.sent_at,
                record.ended_at,
                record.outcome,
                cause.text,
                plane.ledger().versions()[record.version],
                record.target,
                cause.status,
                {}};
    if (record.retried) {
      one.before += now.words() + "; ";
      return;
    }
    now.before = one.before;
    one = std::move(now);
  });
  for (const auto& spec : script.sources) plane.add_source(spec);
  ground.loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
  ground.loop.run_until(kStart + Script::kLong);
  plane.check_conserved();
  plane.finish();
  return told;
}

ToldRequests plain(const Script& script, std::uint64_t seed) {
  Ground ground(seed);
  PlainPlane plane(ground.loop, ground.fleet, ground.database, ground.random);
  plane.slow_start = script.slow_start;
  plane.weighted_random = script.weighted_random;
  Actor actor(script, ground, plane);
  for (const auto& spec : script.sources)
    plane.add_source(spec, &ground.listener(std::stoul(spec.load_balancer)));
  ground.loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
  ground.loop.run_until(kStart + Script::kLong);
  plane.finish();
  return plane.told;
}

/// What a world has switched on, for counting.
std::set<std::string> features(const Script& script) {
  std::set<std::string> has;
  const auto note = [&](bool there, const char* feature) {
    if (there) has.insert(feature);
  };
  bool clients = false;
  for (const auto& source : script.sources) {
    clients = clients || source.clients > 0;
    note(source.timeout != SimDuration::max(), "client time-out");
    note(source.retry.retries(), "client retries");
    note(source.stream.has_value(), "streams");
    note(source.stream && source.stream->reconnect, "streams that come back");
    note(source.retry.retries() && source.retry.budgeted(), "retry budget");
    note(source.retry.retries() && source.retry.deadline != SimDuration::max(), "retry deadline");
    note(source.arrivals == traffic::SourceSpec::Arrivals::kPoisson, "Poisson");
    note(source.arrivals == traffic::SourceSpec::Arrivals::kConstant, "constant rate");
  }
  note(script.sources.size() > 1, "several sources");
  for (const auto& listener : script.listeners) {
    note(listener.classic, "Classic");
    note(listener.retries > 0, "connect retries");
    note(listener.nodes > 1, "several nodes");
    note(listener.least && !script.weighted_random, "least outstanding requests");
    note(!listener.least && !script.weighted_random, "round robin");
    note(listener.sticky.count() > 0 && clients, "stickiness");
    note(listener.gap.has_value(), "keep-alive race");
    note(script.slow_start.count() > 0 && !listener.least, "slow start");
    note(!listener.ruled.empty(), "rules");
    note(!listener.changes.empty(), "rules that change");
    for (const auto& rule : listener.ruled) {
      note(rule.sticky.count() > 0 && clients, "sticky groups");
      note(rule.answers, "fixed responses");
    }
  }
  note(script.weighted_random, "weighted random");
  for (const auto& model : script.models) {
    note(model.cold_requests > 0 && model.cold_factor > 1, "cold start");
    note(model.errors_per_million > 0, "errors of the app");
    note(model.exit_after.has_value(), "exits by itself");
    note(!model.ready_after.is_constant(), "not ready at once");
    note(model.closes_streams && model.on_sigterm != app::OnSigterm::kExit, "closes streams");
    note(!model.reads.empty() || !model.writes.empty(), "columns");
  }
  static const char* const kDeeds[] = {"launch",     "kill",        "lost machine",
                                       "SIGTERM",    "crash",       "deregistration",
                                       "drain over", "no listener", "migration"};
  for (const auto& deed : script.todo) has.insert(kDeeds[deed.kind]);
  return has;
}

}  // namespace

// The fast path knows a request's end when it is accepted and revises it; an event-per-request
// model that knows nothing beforehand must tell the same of every single request.
TEST_CASE("the fast path tells of every request what a plain model tells", "[dataplane][oracle]") {
  const std::uint64_t begin = environment("STEADY_FIRST_SEED", 1),
                      count = environment("STEADY_ORACLE_WORLDS", 400);
  std::uint64_t requests = 0;
  std::map<Outcome, std::uint64_t> outcomes;
  std::map<std::string, std::uint64_t> worlds;
  std::set<std::pair<std::string, std::string>> pairs;
  for (std::uint64_t seed = begin; seed < begin + count; ++seed) {
    const Script script(seed);
    const ToldRequests ours = fast(script, seed), theirs = plain(script, seed);
    INFO("seed " << seed);
    REQUIRE(ours.size() == theirs.size());
    for (auto a = ours.begin(), b = theirs.begin(); a != ours.end(); ++a, ++b) {
      if (a->first == b->first && a->second == b->second) continue;
      INFO("request " << a->first.first << "/" << a->first.second
                      << "\nfast:  " << a->second.words() << "\nplain: " << b->second.words());
      REQUIRE(a->first == b->first);
      REQUIRE(a->second.words() == b->second.words());
    }
    for (const auto& [key, told] : ours) ++outcomes[told.outcome];
    const auto has = features(script);
    for (auto a = has.begin(); a != has.end(); ++a) {
      ++worlds[*a];
      for (auto b = std::next(a); b != has.end(); ++b) pairs.insert({*a, *b});
    }
    requests += ours.size();
  }
  // Agreement about nothing would prove nothing: every way to end was met.
  CHECK(requests > count * 500);
  if (count < 100) return;
  CHECK(outcomes.size() == kOutcomes);
  std::string table;
  for (const auto& [feature, n] : worlds) {
    table += feature + ": " + std::to_string(n) + "\n";
    CHECK(n >= count / 20);
  }
  // Slow start and least outstanding requests go with no weights: those pairs cannot be.
  const std::size_t all = worlds.size() * (worlds.size() - 1) / 2;
  if (std::getenv("STEADY_ORACLE_TABLE") != nullptr)
    WARN(table << pairs.size() << " of " << all << " pairs, " << requests << " requests");
  CHECK(pairs.size() >= all - 3);
}

#include "tests/sim/dataplane/oracle/actor.h"

#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/causes.h"

namespace steady::dataplane::testing {

Actor::Actor(const Script& script, Ground& ground, app::RequestPlane& plane)
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
  for (std::size_t i = 0; i < script.listeners.size(); ++i) resolve(i);
  for (int i = 0; i < script.first; ++i) launch(i);
  for (const auto& deed : script.todo)
    ground.loop.at(kStart + deed.at, "deed", [this, deed] { act(deed); });
  for (const auto& slowdown : script.slowdowns)
    ground.loop.at(kStart + slowdown.at, "slowdown", [this, slowdown] { slow_down(slowdown); });
  for (const auto& breakdown : script.breakdowns_of_others)
    ground.loop.at(kStart + breakdown.at, "breakdown", [&ground, breakdown] {
      const std::uint64_t number = ground.fleet.dependencies().begin(breakdown.trouble);
      ground.loop.after(breakdown.lasts, "repaired",
                        [&ground, number] { ground.fleet.dependencies().end(number); });
    });
  if (const auto& anomalies = script.anomalies) {
    if (anomalies->from.count() == 0) {
      watch();
    } else {
      ground.loop.at(kStart + anomalies->from, "watch", [this] { watch(); });
    }
    ground.loop.at(kStart + anomalies->until, "no watch", [this] { stop_watching(); });
  }
  for (const auto& end : script.flows_end) {
    ground.loop.at(kStart + end.at, "end of flows", [this, end] {
      const Member& member = members_[static_cast<std::size_t>(end.who) % members_.size()];
      plane_.end_flows(0, member.target, {"flows ended"}, end.told);
    });
  }
}

elb::Frontend& Actor::make_way(const Script::Listener& listener) {
  elb::Frontend& frontend = ground_.frontends.emplace_back();
  listener_of_.push_back(&listener);
  frontend.load_balancer = std::to_string(&listener - script_.listeners.data());
  frontend.kind = listener.network   ? elb::Kind::kNetwork
                  : listener.classic ? elb::Kind::kClassic
                                     : elb::Kind::kApplication;
  frontend.idle_timeout = listener.idle;
  frontend.connect_timeout = 3s;
  frontend.connect_retries = listener.retries;
  frontend.surge_queue = listener.surge;
  frontend.sticky_for = listener.sticky;
  frontend.app_cookie = listener.app_cookie;
  frontend.sticky_renews = listener.renews;
  frontend.reuse_gap = listener.gap;
  if (listener.proxy) frontend.proxy = &*listener.proxy;
  frontend.nodes.resize(static_cast<std::size_t>(listener.nodes));
  for (auto& node : frontend.nodes) {
    node.algorithm = listener.network
                         ? elb::make_flow_hash()
                         : elb::make_algorithm(script_.weighted_random ? "weighted_random"
                                               : listener.least ? "least_outstanding_requests"
                                                                : "round_robin");
    node.algorithm->set_slow_start(script_.slow_start);
    node.fail_open = listener.unhealthy;
  }
  return frontend;
}

void Actor::resolve(std::size_t number) {
  const auto& listener = script_.listeners[number];
  elb::Frontend& frontend = ground_.listener(number);
  for (const auto& answer : listener.answers) {
    ground_.loop.at(kStart + answer.at, "DNS", [this, number, &frontend, &answer] {
      ground_.dns[number].all.push_back({kStart + answer.at, answer.nodes});
      frontend.dns = &ground_.dns[number];
      if (changed) changed();
    });
  }
  for (const auto& [at, node] : listener.closes) {
    ground_.loop.at(kStart + at, "node goes", [this, number, &frontend, node = node] {
      frontend.nodes[static_cast<std::size_t>(node)].gone = true;
      plane_.cut_node(std::to_string(number), static_cast<std::uint16_t>(node));
      if (changed) changed();
    });
  }
}

std::shared_ptr<const elb::Routes> Actor::routes(const Script::Ruled& rule, elb::Frontend& first) {
  elb::Frontend* second = &ground_.frontends.back();
  elb::Routes out;
  const auto path = [](const char* pattern) {
    return elb::Condition{.field = elb::Condition::Field::kPath, .values = {pattern}};
  };
  for (const auto& redirects : rule.redirects) {
    elb::Route away;
    away.conditions = {path(redirects.from.c_str())};
    away.type = elb::ActionSpec::Type::kRedirect;
    away.status = redirects.status;
    away.redirect = redirects.to;
    out.push_back(away);
  }
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

void Actor::launch(int which) {
  const auto number = members_.size();
  const auto host = ground_.fleet.host("i-" + std::to_string(number));
  const auto endpoint = ground_.fleet.endpoint(host, 80);
  const auto& model = script_.models[static_cast<std::size_t>(which) % script_.models.size()];
  const auto process = ground_.fleet.launch(model, endpoint, "task", number, {});
  if (model.memory) ground_.fleet.limit_memory(process, Script::kMemory);
  members_.push_back({static_cast<app::TargetId>(number), endpoint, process, host});
  if (number > 0) members_.back().slow_since = ground_.loop.now();
  tell_nodes();
}

void Actor::tell_nodes() {
  for (std::size_t f = 0; f < ground_.frontends.size(); ++f) {
    elb::Frontend& frontend = ground_.frontends[f];
    const bool zonal = listener_of_[f]->zonal;
    std::size_t n = 0;
    for (auto& node : frontend.nodes) {
      node.candidates.clear();
      node.kept.clear();
      if (zonal) node.empty_because = causes::kNoTargetInZone;
      for (const auto& member : members_) {
        // Nodes may know different things: the last one learns of every third target never.
        const bool knows = n + 1 < frontend.nodes.size() || n == 0 || member.target % 3 != 2;
        // The second group of a listener has every other target.
        const bool in = !second_ways_.contains(&frontend) || member.target % 2 == 0;
        const bool here = !zonal || member.target % frontend.nodes.size() == n;
        if (member.member && knows && in && here) {
          node.candidates.push_back({member.target, member.endpoint, member.slow_since});
        }
        const bool sticky = frontend.proxy != nullptr &&
                            frontend.proxy->new_requests == elb::ProxyRules::NewRequests::kSticky;
        if (member.drains && sticky && knows && in)
          node.kept.push_back({member.target, member.endpoint});
      }
      node.algorithm->set_candidates(node.candidates);
      ++n;
    }
  }
  if (script_.anomalies && script_.anomalies->mitigates) tell_weights();
}

/// As Automatic Target Weights would look at a group of all members.
void Actor::watch() {
  constexpr SimDuration kEvery = elb::kAnomalyInterval;
  const SimTime now = ground_.loop.now();
  plane_.keep_target_ends(kEvery);
  const SimTime next{(now.time_since_epoch() / kEvery + 1) * kEvery};
  watched_since_ = now == kStart ? now : next;
  ground_.loop.at(watched_since_ + kEvery, "look", [this] { look(); });
}

void Actor::look() {
  if (watched_since_ == kNever) return;
  const auto ends = plane_.target_ends();
  std::vector<app::TargetEnds>& counts = counted.emplace_back(members_.size());
  std::vector<elb::Compared> compared;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (i < ends.size()) counts[i] = ends[i];
    if (members_[i].member)
      compared.push_back({counts[i].all, counts[i].failed, members_[i].anomalous});
  }
  if (script_.anomalies->mitigates) {
    elb::compare(compared);
    auto of = compared.begin();
    bool some = false;
    for (Member& member : members_) {
      if (!member.member) continue;
      member.anomalous = of++->anomalous;
      member.weight = elb::next_weight(member.weight, member.anomalous);
      some = some || member.weight < elb::kFullWeight;
    }
    weighed = weighed || some;
    tell_weights();
  }
  ground_.loop.after(elb::kAnomalyInterval, "look", [this] { look(); });
}

void Actor::stop_watching() {
  watched_since_ = kNever;
  plane_.keep_target_ends(SimDuration{0});
  if (!script_.anomalies->mitigates) return;
  for (Member& member : members_) member.weight = elb::kFullWeight;
  tell_weights();
}

void Actor::tell_weights() {
  for (auto& frontend : ground_.frontends) {
    for (auto& node : frontend.nodes) {
      node.weights.clear();
      for (const auto& candidate : node.candidates)
        node.weights.push_back(members_[candidate.target].weight);
      node.algorithm->set_weights(node.weights);
    }
  }
}

void Actor::slow_down(const Script::Slowdown& slowdown) {
  auto& fleet = ground_.fleet;
  const app::ProcessId process =
      members_[static_cast<std::size_t>(slowdown.who) % members_.size()].process;
  const SimTime until = ground_.loop.now() + slowdown.lasts;
  const std::uint64_t number = fleet.slow_down(process, slowdown.speed, until);
  ground_.loop.at(until, "slowdown is over",
                  [&fleet, process, number] { fleet.end_slowdown(process, number); });
}

void Actor::act(const Script::Deed& deed) {
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
      member.drains = member.drains || member.member;
      member.member = false;
      return tell_nodes();
    case 6:
      member.drains = false;
      tell_nodes();
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

}  // namespace steady::dataplane::testing

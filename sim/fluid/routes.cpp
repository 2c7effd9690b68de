#include <algorithm>

#include "sim/dataplane/causes.h"
#include "sim/fluid/impl.h"
#include "sim/fluid/supported.h"

/// Where each source's requests go as things stand: the routing tables as shares.
namespace steady::fluid {

namespace causes = dataplane::causes;
using elb::Frontend;

namespace {

constexpr std::size_t kNoFlow = ~std::size_t{0};

/// Share of the requests that meet an idle connection just as the app closes it (elb.md 2.14).
double stale_share(const Frontend& frontend, const app::AppModel& model) {
  if (!frontend.reuse_gap) return 0;
  const auto at_least = [&](SimDuration gap) {
    return frontend.reuse_gap->above(gap - SimDuration{1});
  };
  const SimDuration until = std::min(model.keep_alive + model.close_race, frontend.idle_timeout);
  return until > model.keep_alive ? at_least(model.keep_alive) - at_least(until) : 0;
}

}  // namespace

FluidPlane::Impl::Seen FluidPlane::Impl::Seen::of(const Frontend& frontend) {
  Seen seen{&frontend, 0, frontend.idle_timeout, frontend.connect_timeout, frontend.exists};
  for (const auto& node : frontend.nodes)
    seen.changes += node.algorithm ? node.algorithm->version() : 0;
  seen.ruled = !frontend.routes.empty();
  seen.named = frontend.dns != nullptr;
  seen.other_ways = frontend.proxy != nullptr;
  seen.mitigates = frontend.mitigates_anomalies;
  return seen;
}

void FluidPlane::Impl::find_frontends() {
  for (Source& source : sources)
    source.frontend = frontends ? frontends(source.spec.load_balancer, source.spec.port) : nullptr;
  look_up = false;
}

bool FluidPlane::Impl::changed() const {
  if (look_up || fleet_changes != fleet.changes() || segment != ledger.current() ||
      database_version != database.version())
    return true;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Frontend* frontend = sources[i].frontend;
    if (frontend != nullptr && seen[i] != Seen::of(*frontend)) return true;
  }
  return false;
}

void FluidPlane::Impl::build() {
  if (look_up) find_frontends();
  built = true;
  fleet_changes = fleet.changes();
  database_version = database.version();
  segment = ledger.current();
  unsettled = kStart;
  seen.assign(sources.size(), {});
  for (const app::ProcessId id : fed) {
    processes[id]->flows.clear();
    processes[id]->rate = 0;
  }
  fed.clear();
  flows.clear();
  for (std::size_t i = 0; i < sources.size(); ++i) build_source(static_cast<std::uint16_t>(i));
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (flows[i].process == app::Fleet::kNone) continue;
    Process& process = *processes[flows[i].process];
    if (process.flows.empty()) fed.push_back(flows[i].process);
    process.flows.push_back(i);
  }
}

void FluidPlane::Impl::build_source(std::uint16_t number) {
  Source& source = sources[number];
  Frontend* frontend = source.frontend;
  std::fill(flow_at.begin(), flow_at.end(), kNoFlow);
  if (frontend != nullptr) seen[number] = Seen::of(*frontend);
  if (frontend == nullptr || !frontend->exists) {
    Flow& flow = flows.emplace_back();
    flow.source = number;
    flow.share = 1;
    flow.lost = {Outcome::kNoTarget, cause(Outcome::kNoTarget, 0, "load balancer",
                                           causes::kNoLoadBalancer, 0, ~std::uint32_t{0})};
    return;
  }
  if (const auto features = unsupported(*frontend); !features.empty())
    throw NotCarried("at " + format_seconds(loop.now()) + " " + source.spec.load_balancer +
                     " has what the fluid mode does not carry: " + features.front());
  for (const auto& node : frontend->nodes) build_node(number, node);
  books.corners(frontend->nodes.size());
}

void FluidPlane::Impl::build_node(std::uint16_t number, const elb::NodeGroup& node) {
  const Frontend& frontend = *sources[number].frontend;
  const double of_node = 1.0 / static_cast<double>(frontend.nodes.size());
  if (node.candidates.empty()) {
    Flow& flow = flows.emplace_back();
    flow.source = number;
    flow.share = of_node;
    flow.lost = {Outcome::kNoTarget, cause(Outcome::kNoTarget, 503, "load balancer",
                                           node.empty_because, frontend.group, ~std::uint32_t{0})};
    return;
  }
  std::vector<double> shares;
  node.algorithm->shares(carried, shares);
  unsettled = std::max(unsettled, node.algorithm->shares_settled());
  for (std::size_t i = 0; i < shares.size(); ++i) lead(number, node, i, shares[i] * of_node);
}

/// Where those end who are sent to a candidate. Classic tries a refused connect again on the next
/// ones (elb.md 1.2); an ALB does not (2.16).
void FluidPlane::Impl::lead(std::uint16_t number, const elb::NodeGroup& node, std::size_t chosen,
                            double share) {
  const Source& source = sources[number];
  const Frontend& frontend = *source.frontend;
  app::Reach reach = fleet.reach(node.candidates[chosen].endpoint);
  for (int retry = 0; reach == app::Reach::kRefused && retry < frontend.connect_retries &&
                      static_cast<std::size_t>(retry) + 1 < node.candidates.size();
       ++retry) {
    chosen = (chosen + 1) % node.candidates.size();
    reach = fleet.reach(node.candidates[chosen].endpoint);
  }
  const elb::RouteTarget& target = node.candidates[chosen];
  const app::ProcessId process =
      reach == app::Reach::kProcess ? fleet.process_id_at(target.endpoint) : app::Fleet::kNone;
  Flow& flow = flow_of(number, target, process);
  // One node's turn comes round as evenly as its share is small, unless it draws.
  const auto nodes = static_cast<double>(frontend.nodes.size());
  const bool even = source.spec.arrivals == traffic::SourceSpec::Arrivals::kConstant;
  const double node_variation = even ? 1 - 1 / nodes : 1;
  const double variation =
      node.algorithm->draws() ? 1 : node_variation / static_cast<double>(node.candidates.size());
  flow.variation = (flow.variation * flow.share + variation * share) / (flow.share + share);
  flow.share += share;
  flow.streams += 1;
  if (flow.streams > 1) return;
  if (reach == app::Reach::kProcess) return serve(flow, target);
  if (reach == app::Reach::kBlackHole) return into_the_dark(flow);
  const app::Process* there = fleet.process_at(target.endpoint);
  const std::string_view why = there == nullptr ? causes::kNobodyListens
                               : there->state == app::ProcessState::kStopping ? causes::kStopping
                                                                              : causes::kNotReady;
  flow.lost = {Outcome::kRefused, cause(Outcome::kRefused, reset_status(frontend), "target", why,
                                        frontend.group, target.target)};
}

/// The flow of a source to a target, over all nodes.
Flow& FluidPlane::Impl::flow_of(std::uint16_t number, const elb::RouteTarget& target,
                                app::ProcessId process) {
  if (flow_at.size() <= target.target) flow_at.resize(target.target + std::size_t{1}, kNoFlow);
  std::size_t& at = flow_at[target.target];
  if (at == kNoFlow) {
    at = flows.size();
    Flow& flow = flows.emplace_back();
    flow.source = number;
    flow.process = process;
    flow.frontend = sources[number].frontend;
    flow.target = target.target;
    if (target_processes.size() <= target.target)
      target_processes.resize(target.target + std::size_t{1});
    auto& known = target_processes[target.target];
    if (known.empty() || known.back() != process) known.push_back(process);
  }
  return flows[at];
}

void FluidPlane::Impl::serve(Flow& flow, const elb::RouteTarget& target) {
  const Frontend& frontend = *flow.frontend;
  Process& process = process_of(flow.process);
  const app::AppModel& model = *process.model;
  const auto [law, number] = law_of(model);
  Served& served = flow.served;
  served.segment = segment;
  served.version = process.version;
  served.law = law;
  served.law_number = number;
  const SimDuration timeout = sources[flow.source].spec.timeout;
  served.patience = std::min(timeout, frontend.idle_timeout);
  // The longest that anybody is taken to wait (carry.cpp).
  const double longest_wait =
      16 * law->mean() *
      (1 + static_cast<double>(model.backlog) / static_cast<double>(model.concurrency));
  if (seconds(law->longest()) + longest_wait >= seconds(served.patience)) {
    served.late =
        timeout < frontend.idle_timeout
            ? End{Outcome::kClientGaveUp,
                  cause(Outcome::kClientGaveUp, 0, "client", causes::kClientTimeout, frontend.group,
                        target.target)}
            : End{Outcome::kTimeout, cause(Outcome::kTimeout, 504, "load balancer",
                                           causes::kIdleTimeout, frontend.group, target.target)};
  }
  const std::uint32_t none = ~std::uint32_t{0};
  if (const auto missing = database.missing(model.reads, model.writes)) {
    served.errors_per_million = 1'000'000;
    served.error = {Outcome::kAppError,
                    cause(Outcome::kAppError, 500, "database", *missing, 0, none),
                    model.errors_expected};
  } else if (model.errors_per_million != 0) {
    served.errors_per_million = model.errors_per_million;
    served.error = {Outcome::kAppError,
                    cause(Outcome::kAppError, 500, "app", causes::kAppError, 0, none),
                    model.errors_expected};
  }
  if (database.locked_until() > carried && !(model.reads.empty() && model.writes.empty()))
    throw NotCarried("at " + format_seconds(loop.now()) +
                     " a migration holds an exclusive lock, which the fluid mode does not carry");
  flow.stale = stale_share(frontend, model);
  if (flow.stale > 0)
    flow.race = {Outcome::kReset, cause(Outcome::kReset, reset_status(frontend), "target",
                                        causes::kKeepAliveRace, frontend.group, target.target)};
  flow.full = {Outcome::kOverflow,
               cause(Outcome::kOverflow, frontend.kind == elb::Kind::kClassic ? 503 : 502, "target",
                     causes::kBacklogFull, frontend.group, target.target)};
}

/// The address is gone: the connect waits for its time-out, or the client's comes first.
void FluidPlane::Impl::into_the_dark(Flow& flow) {
  const Frontend& frontend = *flow.frontend;
  const SimDuration timeout = sources[flow.source].spec.timeout;
  const bool gives_up = timeout < frontend.connect_timeout;
  const SimDuration end = std::min(timeout, frontend.connect_timeout);
  const auto [law, number] = law_of(end);
  flow.served.segment = segment;
  flow.served.law = law;
  flow.served.law_number = number;
  flow.served.patience = end - SimDuration{1};
  const Outcome outcome = gives_up ? Outcome::kClientGaveUp : Outcome::kTimeout;
  flow.served.late = {outcome, cause(outcome, gives_up ? 0 : 504, "target",
                                     gives_up ? causes::kClientTimeout : causes::kBlackHole,
                                     frontend.group, flow.target)};
}

Process& FluidPlane::Impl::process_of(app::ProcessId id) {
  if (processes.size() <= id) processes.resize(id + std::size_t{1});
  if (!processes[id]) {
    const app::AppModel& model = *fleet.process(id).model;
    if (const auto features = unsupported(model); !features.empty())
      throw NotCarried("the app " + model.revision +
                       " has what the fluid mode does not carry: " + features.front());
    processes[id] = std::make_unique<Process>(model, *law_of(model).first);
    processes[id]->version = ledger.version(model.revision);
    processes[id]->flowed = carried;
  }
  return *processes[id];
}

CauseId FluidPlane::Impl::cause(Outcome outcome, int status, const char* component,
                                std::string_view text, app::GroupId group, std::uint32_t target) {
  dataplane::Cause c;
  c.outcome = outcome;
  c.status = status;
  c.component = component;
  c.text = text;
  if (target != ~std::uint32_t{0} && target_states) c.target_state = target_states(group, target);
  return ledger.cause(c);
}

std::pair<const Law*, std::uint32_t> FluidPlane::Impl::law_of(const app::AppModel& model) {
  auto& [law, number] = laws[&model];
  if (!law) {
    law = std::make_unique<Law>(model.service_time);
    number = law_count++;
  }
  return {law.get(), number};
}

std::pair<const Law*, std::uint32_t> FluidPlane::Impl::law_of(SimDuration constant) {
  auto& [law, number] = constants[constant];
  if (!law) {
    law = std::make_unique<Law>(Distribution{constant});
    number = law_count++;
  }
  return {law.get(), number};
}

}  // namespace steady::fluid

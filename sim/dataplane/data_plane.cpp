#include "sim/dataplane/data_plane.h"

#include <algorithm>
#include <string>

#include "sim/dataplane/batched/batched.h"
#include "sim/dataplane/impl.h"

namespace steady::dataplane {

DataPlane::Impl::Impl(EventLoop& l, app::Fleet& f, database::Database& d, RandomSource r, Limits m,
                      Ledger& g)
    : loop(l),
      fleet(f),
      database(d),
      random(r),
      limits(m),
      ledger(g),
      batched(std::make_unique<Batched>(*this)) {}
DataPlane::Impl::~Impl() = default;

DataPlane::DataPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database,
                     RandomSource random, Limits limits)
    : impl_(std::make_unique<Impl>(loop, fleet, database, random, limits, ledger_)) {}

DataPlane::~DataPlane() = default;

void DataPlane::set_lookups(FrontendLookup frontends, TargetStateLookup target_states) {
  impl_->frontends = std::move(frontends);
  impl_->target_states = std::move(target_states);
}

void DataPlane::set_hosts(HostLookup hosts) { impl_->hosts = std::move(hosts); }

void DataPlane::add_source(const traffic::SourceSpec& spec) {
  Source source;
  source.spec = spec;
  source.shape = traffic::make_shape(spec, impl_->random);
  source.service = impl_->random.stream(spec.name + "/requests");
  source.tries = impl_->random.stream(spec.name + "/tries");
  source.bindings.resize(spec.trace ? spec.trace->clients : spec.clients);
  source.group_bindings.resize(source.bindings.size());
  source.tokens = spec.retry.burst * 1000;
  source.follows = spec.follows();
  const auto number = static_cast<std::uint16_t>(impl_->sources.size());
  if (source.follows) source.people.resize(source.bindings.size());
  if (const auto& users = spec.users) {
    for (std::uint32_t k = 0; k < users->number; ++k) {
      impl_->new_client(source, k);
      const SimTime begin =
          kStart + SimDuration{static_cast<std::int64_t>(
                       static_cast<Uint128>(users->ramp_up.count()) * k / users->number)};
      impl_->moments.add({begin, Moments::kNext, number, k, k, 0});
    }
  }
  impl_->sources.push_back(std::move(source));
  impl_->look_up = true;
}

void DataPlane::use(Workers* workers) { impl_->batched->use(workers); }

std::uint32_t DataPlane::client_of(std::uint16_t source, std::uint64_t index) const {
  return impl_->sources[source].client(index);
}

const traffic::SourceSpec& DataPlane::source(std::uint16_t number) const {
  return impl_->sources[number].spec;
}

std::size_t DataPlane::sources() const { return impl_->sources.size(); }

void DataPlane::observe(std::function<void(const RequestRecord&)> observer) {
  impl_->observer = std::move(observer);
  impl_->tells_all = true;
}

void DataPlane::keep_metrics(SimDuration into_minute) {
  if (impl_->metrics) return;
  impl_->metrics = std::make_unique<NodeMetrics>(into_minute);
  impl_->tells_all = true;
}
NodeMetrics* DataPlane::metrics() { return impl_->metrics.get(); }

void DataPlane::watch(std::uint16_t source, std::uint64_t index) {
  impl_->watched.source = source;
  impl_->watched.index = index;
}
const Watched& DataPlane::watched() const { return impl_->watched; }

void DataPlane::frontends_changed() { impl_->look_up = true; }
void DataPlane::advance(SimTime until) { impl_->advance(until); }
void DataPlane::settle(SimTime now) { impl_->settle(now); }

void DataPlane::finish() {
  impl_->advancing_to = kStart;  // the control plane acts no more
  impl_->finishing = true;
  while (impl_->moments.first() < kNever) impl_->next_moment();
  impl_->settle(kNever);
  if (impl_->metrics) impl_->count_open_flows();
  std::ranges::sort(ledger_.drops, earlier);
}

std::uint64_t DataPlane::sent() const { return impl_->sent; }
std::uint64_t DataPlane::open() const { return impl_->open_count(); }
std::uint64_t DataPlane::carried_in_batches() const { return impl_->batched->taken; }
std::uint64_t DataPlane::carried_side_by_side() const { return impl_->batched->shared; }
std::uint64_t DataPlane::digest() const { return impl_->digest; }

void DataPlane::check_conserved() {
  impl_->batched->settle(impl_->loop.now());
  const std::uint64_t booked = ledger_.total().total();
  STEADY_CHECK(booked == impl_->booked, "the ledger holds other requests than were booked");
  STEADY_CHECK(impl_->sent == booked + impl_->open_count(),
               "requests are not conserved: " + std::to_string(impl_->sent) + " sent, " +
                   std::to_string(booked) + " ended, " + std::to_string(impl_->open_count()) +
                   " open");
}

Page DataPlane::get(std::string_view load_balancer, std::uint16_t port) {
  Page page;
  const elb::Frontend* frontend =
      impl_->frontends ? impl_->frontends(load_balancer, port) : nullptr;
  if (frontend == nullptr || !frontend->exists) return page;
  const RandomStream draw = impl_->random.stream("pages");
  const std::uint64_t entity = impl_->pages++;
  // Whoever looks has asked for the address just now.
  std::size_t at = draw.below(frontend->nodes.size(), entity, 0);
  if (frontend->dns != nullptr) {
    const auto& answer = frontend->dns->all.back().nodes;
    at = answer[draw.below(answer.size(), entity, 0)];
  }
  page.status = frontend->kind == elb::Kind::kNetwork ? 0 : 503;
  if (!frontend->routes.empty()) {
    const elb::Route& route = elb::route_of(*frontend->routes[at], HttpRequest{});
    if (route.type != elb::ActionSpec::Type::kForward) {
      page.status = route.status;
      page.body = route.body;
      return page;
    }
    std::uint64_t total = 0;
    for (const auto& way : route.ways) total += way.weight;
    if (total == 0) return page;
    std::uint64_t left = draw.below(total, entity, 3);
    for (const auto& way : route.ways) {
      frontend = way.to;
      if (left < way.weight) break;
      left -= way.weight;
    }
  }
  const elb::NodeGroup& node = frontend->nodes[at];
  if (node.candidates.empty()) return page;
  // It takes any of the candidates, so that a look does not move whose turn it is.
  const auto& target = node.candidates[draw.below(node.candidates.size(), entity, 1)];
  page.status = reset_status(*frontend);
  if (impl_->fleet.reach(target.endpoint) != app::Reach::kProcess) return page;
  const app::AppModel& model = *impl_->fleet.process_at(target.endpoint)->model;
  page.version = model.revision;
  page.body = model.page;
  const bool error = impl_->database.missing(model.reads, model.writes).has_value() ||
                     draw.below(1'000'000, entity, 2) < model.errors_per_million;
  page.status = error ? 500 : 200;
  if (error) page.body = "Internal Server Error";
  return page;
}

DataPlane::StationSums DataPlane::station(app::ProcessId process) const {
  if (process >= impl_->served.size() || !impl_->served[process]) return {};
  return {impl_->served[process]->station.held_ns, impl_->served[process]->station.answered};
}

}  // namespace steady::dataplane

#include <algorithm>
#include <charconv>

#include "sim/cloud/elb/rules.h"
#include "sim/dataplane/impl.h"

/// A listener that chooses among groups, or answers by itself (elb.md 2.11).
namespace steady::dataplane {

namespace {

/// A line of an access log ("GET http://example.com:80/ HTTP/1.1") as a request. Logs keep no
/// headers, and one without a line was "GET /".
HttpRequest recorded(const traffic::Trace& trace, const traffic::Trace::Request& from) {
  HttpRequest request;
  const std::string& line = trace.lines[from.line];
  const std::size_t method = line.find(' ');
  if (method != std::string::npos) {
    request.method = line.substr(0, method);
    const std::size_t end = std::min(line.find(' ', method + 1), line.size());
    read_url(std::string_view(line).substr(method + 1, end - method - 1), request);
  }
  const std::string& peer = trace.peers[from.peer].name;
  request.source_ip = peer.substr(0, peer.rfind(':'));
  return request;
}

}  // namespace

const Ruled& DataPlane::Impl::ruled(Source& source, const Open& open,
                                    const elb::Frontend& listener) {
  const traffic::Trace* trace = source.spec.trace.get();
  std::uint64_t kind = 0;
  if (trace != nullptr) {
    const auto& from = trace->requests[open.index % kAgain];
    kind = std::uint64_t{from.line} * trace->peers.size() + from.peer;
  }
  const bool asset = source.follows && operations[open.operation].wants != 0;
  if (asset) kind = 1;
  const std::uint16_t led =
      source.spec.redirects > 0 ? operations[open.operation].place : Operation::kOwnPlace;
  if (led != Operation::kOwnPlace) kind = std::uint64_t{led} + 2;
  const auto [place, fresh] = source.ruled.try_emplace(kind << 16 | open.node);
  Ruled& out = place->second;
  if (!fresh) return out;
  const elb::Routes& routes = *listener.routes[open.node];
  const elb::Route& route = elb::route_of(
      routes, led != Operation::kOwnPlace ? places[led].request
              : asset                     ? source.spec.page->request
              : trace == nullptr          ? source.spec.request
                                          : recorded(*trace, trace->requests[open.index % kAgain]));
  out.sticky_for = route.sticky_for;
  out.priority = static_cast<std::uint16_t>(route.priority);
  std::uint64_t sum = 0;
  for (const auto& way : route.ways) {
    // A forward to one group has no weight to speak of.
    sum += route.ways.size() == 1 ? 1 : way.weight;
    out.ways.push_back({state_of(way.to), way.to->group, sum});
  }
  if (route.type != elb::ActionSpec::Type::kForward) {
    if (route.type == elb::ActionSpec::Type::kRedirect) {
      const auto known = std::ranges::find(redirects, route.redirect);
      out.redirect = known != redirects.end() ? &*known : &redirects.emplace_back(route.redirect);
    }
    const bool fixed = route.type == elb::ActionSpec::Type::kFixedResponse;
    out.answer =
        ledger.cause({Outcome::kOk, route.status, "load balancer",
                      std::string(fixed ? causes::kFixedResponse : causes::kRedirect), ""});
  }
  return out;
}

/// The group with which the client stays, or one at random, by weight.
const Ruled::Way* DataPlane::Impl::choose_way(Source& source, const Open& open, const Ruled& by,
                                              std::uint32_t attempt) {
  const std::uint64_t total = by.ways.back().up_to;
  const bool sticky = by.sticky_for.count() != 0 && !source.group_bindings.empty();
  GroupBinding* binding = sticky ? &source.group_bindings[who(source, open)] : nullptr;
  const Ruled::Way* way = nullptr;
  if (binding != nullptr && open.sent < binding->until) {
    const auto bound = std::ranges::find(by.ways, binding->group, &Ruled::Way::group);
    if (bound != by.ways.end()) way = &*bound;
  }
  if (way == nullptr && total > 0) {
    std::uint64_t point = 0;
    if (by.ways.size() > 1) {
      const PhiloxBlock bits = source.service.block(open.index, attempt * kBlocks + kRule);
      point = (bits[0] * total) >> 32;
    }
    way = &*std::ranges::upper_bound(by.ways, point, {}, &Ruled::Way::up_to);
  }
  if (binding != nullptr && way != nullptr) *binding = {way->group, open.sent + by.sticky_for};
  return way;
}

/// The balancer answers at once.
void DataPlane::Impl::answer(Open& open, CauseId with) {
  open.cause = with;
  planned(open);
  book(open);
}

}  // namespace steady::dataplane

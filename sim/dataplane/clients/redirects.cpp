#include <algorithm>
#include <array>

#include "sim/core/numbers.h"
#include "sim/dataplane/clients/places.h"
#include "sim/dataplane/impl.h"

/// Clients that follow redirects (elb.md 2.11): an answer sends them on, at once and within the
/// same time-out.
namespace steady::dataplane {

namespace {

/// The text of a redirect with the parts of the request that it refers to.
std::string filled(std::string_view text, const Place& from) {
  std::string query;
  for (const auto& [key, value] : from.request.query) {
    query += (query.empty() ? "" : "&") + key;
    if (!value.empty()) query += "=" + value;
  }
  const std::array<std::pair<std::string_view, std::string>, 5> parts{
      {{"#{protocol}", from.protocol},
       {"#{host}", from.request.host},
       {"#{port}", std::to_string(from.port == 0 ? 80 : from.port)},
       {"#{path}", from.request.path.substr(1)},
       {"#{query}", query}}};
  std::string out;
  while (!text.empty()) {
    const auto part = std::ranges::find_if(
        parts, [text](const auto& one) { return text.starts_with(one.first); });
    if (part == parts.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += part->second;
      text.remove_prefix(part->first.size());
    }
  }
  return out;
}

}  // namespace

std::optional<Place> led(const elb::Redirect& to, const Place& from) {
  Place next = from;
  next.protocol = filled(to.protocol, from);
  for (char& c : next.protocol) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (to.port != "#{port}") {
    const auto port = whole_number<std::uint16_t>(filled(to.port, from));
    if (!port || *port == 0) return std::nullopt;
    next.port = *port;
  }
  const std::string query = filled(to.query, from);
  read_url("http://host" + filled(to.path, from) + (query.empty() ? "" : "?" + query),
           next.request);
  next.request.host = filled(to.host, from);
  if (next.request.host != from.request.host) next.load_balancer.clear();
  if (next.request.method == "POST") next.request.method = "GET";
  next.frontend = nullptr;
  return next;
}

/// Where an operation's request goes now.
Place DataPlane::Impl::place_of(const Operation& operation, const Source& source) const {
  if (operation.place != Operation::kOwnPlace) return places[operation.place];
  const auto& spec = source.spec;
  Place own;
  own.load_balancer = spec.load_balancer;
  own.port = spec.port;
  own.request = operation.wants != 0 ? spec.page->request : spec.request;
  return own;
}

void DataPlane::Impl::look_up_place(Place& place) {
  place.frontend = frontends ? frontends(place.load_balancer, place.port) : nullptr;
  // Who looks at answers has no flows.
  if (place.frontend != nullptr && place.frontend->kind == elb::Kind::kNetwork)
    place.frontend = nullptr;
  if (place.frontend != nullptr) place.frontend_index = state_of(place.frontend);
}

/// The listener to which redirects have led this request.
elb::Frontend* DataPlane::Impl::led_to(const Source& source, const Open& open,
                                       std::uint16_t& index) const {
  const Operation& operation = operations[open.operation];
  index = source.frontend_index;
  if (operation.place == Operation::kOwnPlace) return source.frontend;
  index = places[operation.place].frontend_index;
  return places[operation.place].frontend;
}

/// An attempt was answered with a redirect: its client goes where that leads, unless it is to
/// somebody of whom nothing is known. True when it is on its way; where it gives up, `last` becomes
/// how the request ends.
bool DataPlane::Impl::goes_on(std::uint32_t number, Open& last) {
  if (last.outcome != Outcome::kOk || last.process != app::Fleet::kNone || last.cause == 0)
    return false;
  const std::uint16_t listener = last.frontend;
  Source& source = sources[last.source];
  if (states[listener].frontend->routes.empty()) return false;
  const elb::Redirect* to = ruled(source, last, *states[listener].frontend).redirect;
  if (to == nullptr) return false;
  auto next = led(*to, place_of(operations[number], source));
  if (!next) return false;
  if (next->load_balancer.empty() && hosts) next->load_balancer = hosts(next->request.host);
  if (next->load_balancer.empty()) return false;
  book_redirected(last);
  Operation& operation = operations[number];
  ledger.add_redirected(operation.segment);
  Try& attempt = operation.tries[last.lane];
  if (operation.redirects == source.spec.redirects) {
    last.frontend = kNoFrontend;
    last.outcome = Outcome::kClientGaveUp;
    last.cause =
        cause(Outcome::kClientGaveUp, 0, "client", causes::kTooManyRedirects, 0, kNoTarget);
    attempt.last = last;
    return false;
  }
  const auto known = std::ranges::find_if(places, [&](const Place& one) { return one.is(*next); });
  const auto place = static_cast<std::size_t>(known - places.begin());
  if (known == places.end()) {
    STEADY_CHECK(places.size() < Operation::kOwnPlace, "redirects lead to more than 65534 places");
    look_up_place(places.emplace_back(std::move(*next)));
  }
  operation.place = static_cast<std::uint16_t>(place);
  ++operation.redirects;
  ++operation.hops;
  attempt.number = operation.attempts++;
  ++attempt.stamp;
  moments.add(
      {last.end, Moments::kSend, last.source, last.index, number, attempt.stamp, last.lane});
  return true;
}

}  // namespace steady::dataplane

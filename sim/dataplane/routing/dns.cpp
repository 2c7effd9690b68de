#include "sim/dataplane/impl.h"

/// Which of its load balancer's nodes a client uses (elb.md 4.4).
namespace steady::dataplane {

/// A client asks again whenever its answer's time to live is over, at a phase of its own: a request
/// of a client that nobody knows meets an answer of any age.
std::uint16_t DataPlane::Impl::resolve(const Source& source, const Open& open,
                                       const elb::DnsAnswers& answers, std::uint32_t draw) {
  const SimDuration ttl = source.spec.dns_ttl;
  SimTime asked = open.sent;
  if (answers.all.size() > 1 && ttl.count() > 0) {
    const bool known = source.follows || !source.bindings.empty();
    const std::uint64_t who = known ? source.client(open.index) : open.index % kAgain;
    const std::uint64_t bits = word(source.service.block(who, kDns));
    const auto length = static_cast<std::uint64_t>(ttl.count());
    const SimDuration phase{static_cast<SimDuration::rep>((Uint128{bits} * length) >> 64)};
    // From the last time that it asked; the phase may lie ahead.
    const SimDuration age = (open.sent - kStart - phase) % ttl;
    asked -= age.count() < 0 ? age + ttl : age;
  }
  const auto& nodes = answers.at(asked);
  return nodes[static_cast<std::size_t>((std::uint64_t{draw} * nodes.size()) >> 32)];
}

}  // namespace steady::dataplane

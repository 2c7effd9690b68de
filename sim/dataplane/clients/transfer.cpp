#include <algorithm>

#include "sim/dataplane/impl.h"

/// Bodies that take their time: uploads, and clients that read slowly (elb.md 2.14, 2.17).
namespace steady::dataplane {

namespace {

bool body_stalls(const traffic::Transfer& transfer, std::uint64_t bits) {
  return ((mix64(bits) >> 32) * 1'000'000U) >> 32 < transfer.stalls_per_million;
}

}  // namespace

/// Sets the end that the client sees, and returns when the worker is free. It came to its balancer
/// at `came`.
SimTime DataPlane::Impl::plan_bodies(Open& open, Served& at, const elb::Frontend& frontend,
                                     SimTime start, SimDuration work, SimTime came,
                                     SimTime patience, const Draws& draws) {
  const Source& source = sources[open.source];
  const traffic::Transfer& transfer = *source.spec.transfer;
  const PhiloxBlock bits = source.service.block(open.index, draws.attempt * kBlocks + kTransfer);
  const SimDuration upload = transfer.upload.sample(word(bits));
  const bool stalls = body_stalls(transfer, word(bits));
  const auto gives_up = [&](SimTime end, int status, std::string_view text) {
    open.end = end;
    open.outcome = Outcome::kClientGaveUp;
    open.cause = cause(Outcome::kClientGaveUp, status, "client", text, frontend.group, open.target);
    open.expected = false;
  };
  const SimTime stalled = std::max(came, open.sent + upload / 2) + frontend.idle_timeout;
  const SimTime arrived = open.sent + upload;
  if (stalls && stalled <= patience) {
    gives_up(stalled, 408, causes::kUploadStalled);
    return std::max(start, stalled);
  }
  if (stalls || patience < arrived) {
    gives_up(patience, 0, causes::kClientTimeout);
    return std::max(start, patience);
  }
  app_answers(open, at, draws.chance);
  const SimTime answer = std::max(start, arrived) + work;
  const SimTime late = std::max(came, arrived) + frontend.idle_timeout;
  if (late < answer && late <= patience) {
    open.end = late;
    open.outcome = Outcome::kTimeout;
    open.expected = false;
    open.cause = cause(Outcome::kTimeout, 504, "load balancer", causes::kIdleTimeout,
                       frontend.group, open.target);
    return answer;
  }
  if (patience < answer) {
    gives_up(patience, 0, causes::kClientTimeout);
    return answer;
  }
  Try& attempt = operations[open.operation].tries[open.lane];
  attempt.body = answer;
  attempt.answered = open.outcome == Outcome::kAppError ? 500 : open.cause == 0 ? 200 : 404;
  const SimTime read = answer + transfer.download.sample((std::uint64_t{bits[3]} << 32) | bits[2]);
  open.end = read;
  if (patience < read) gives_up(patience, 0, causes::kClientTimeout);
  at.bodies = true;
  return transfer.holds_worker ? open.end : answer;
}

/// Until when bytes of a request have come, at a moment before its answer.
SimTime DataPlane::Impl::busy_until(const Open& open, SimTime now) const {
  const Source& source = sources[open.source];
  if (open.stream || answer_is_read(open, now)) return now;
  const SimTime tried = sent_to_target(open);
  // Where nobody has taken the request its body goes nowhere (seed 1556).
  if (!source.spec.transfer || open.process == app::Fleet::kNone) return tried;
  const std::uint32_t number = operations[open.operation].tries[open.lane].number;
  const std::uint64_t bits = word(source.service.block(open.index, number * kBlocks + kTransfer));
  const SimDuration upload = source.spec.transfer->upload.sample(bits);
  const bool stalls = body_stalls(*source.spec.transfer, bits);
  return std::max(tried, std::min(now, open.sent + (stalls ? upload / 2 : upload)));
}

}  // namespace steady::dataplane

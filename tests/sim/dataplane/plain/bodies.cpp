#include <algorithm>

#include "tests/sim/dataplane/plain/plain_plane.h"

/// Bodies that take their time (elb.md 2.14, 2.17).
namespace steady::dataplane::testing {

/// A process has accepted a request with a body.
void PlainPlane::bodies(std::size_t number, std::uint32_t block) {
  Request& request = requests_[number];
  const traffic::Transfer& transfer = *sources_[request.source].spec.transfer;
  const PhiloxBlock bits = sources_[request.source].service.block(request.index, block + kTransfer);
  const std::uint64_t low = (std::uint64_t{bits[1]} << 32) | bits[0],
                      high = (std::uint64_t{bits[3]} << 32) | bits[2];
  request.bodies = true;
  request.upload = transfer.upload.sample(low);
  request.download = transfer.download.sample(high);
  const std::uint64_t chance = mix64(low) >> 32;
  request.stalls = chance * 1'000'000U >> 32 < transfer.stalls_per_million;
  const SimTime sent = request.so_far.sent, whole = sent + request.upload;
  const SimTime bored = patience(request);
  // From the last byte that comes, or from when it was sent to its balancer.
  const SimTime quiet_from =
      std::max(request.tried, request.stalls ? sent + request.upload / 2 : whole);
  request.late_at = quiet_from + request.frontend->idle_timeout;
  if (request.stalls) {
    request.broken_at = std::min(request.late_at, bored);
  } else if (bored < whole) {
    request.broken_at = bored;
  }
  if (request.broken_at) put(*request.broken_at, kBroken, number);
  // Whoever waited at a node had another deadline there, and it is void.
  put(request.late_at, kLate, number);
}

/// When the worker will be free of it, and when its client will have read the answer, should it get
/// one and nobody interfere.
PlainPlane::Foreseen PlainPlane::foresee(const Request& request, SimTime start) const {
  // At a standstill there is no end to foresee.
  if (!request.bodies) return {start == kNever ? kNever : start + request.work, {}};
  if (request.broken_at) return {std::max(start, *request.broken_at), {}};
  const SimTime whole = request.so_far.sent + request.upload, bored = patience(request);
  const SimTime answer = std::max(start, whole) + request.work;
  const SimTime late = std::max(whole, request.tried) + request.frontend->idle_timeout;
  const bool nobody_waits = bored < answer || (late < answer && late <= bored);
  if (nobody_waits) return {answer, {}};
  const SimTime read = std::min(answer + request.download, bored);
  const bool holds = sources_[request.source].spec.transfer->holds_worker;
  return {holds ? read : answer, read};
}

/// The app has its answer and begins to write it.
void PlainPlane::answered(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Station& station = stations_[request.process];
  if (station.dead) return;
  const SimTime free = station.done_at[number];
  if (!request.over && !request.silent_until) {
    request.reading = true;
    request.read_at = now + request.download;
    put(*request.read_at, kRead, number);
  }
  put(free, kFree, number);
}

void PlainPlane::free_worker(std::size_t number, SimTime now) {
  Station& station = stations_[requests_[number].process];
  if (station.dead || !station.serving.contains(number)) return;
  station.serving.erase(number);
  station.done_at.erase(number);
  if (somebody_waits()) put(now, kDispatch, 0);
  if (station.waiting.empty()) return;
  const std::size_t next = station.waiting.front();
  station.waiting.pop_front();
  start(next, now);
}

int PlainPlane::status_of(const Request& request) const {
  if (request.failed) return 500;
  return request.missing ? 404 : 200;
}

}  // namespace steady::dataplane::testing

#include <algorithm>

#include "tests/sim/dataplane/plain/plain_plane.h"

/// Processes that get slower and faster.
namespace steady::dataplane::testing {

/// When a request that is being served will be done, if its process goes on as it does: it waits
/// for others by the clock, and works by the speed of its process.
SimTime PlainPlane::done_from(const Request& request, const Station& station, SimTime now) {
  if (now == kNever || station.speed == 0) return kNever;
  const SimTime works_from = std::max(now, request.began + request.hold);
  const auto product = static_cast<Uint128>(request.work.count()) * Uint128{1'000'000};
  const auto speed = static_cast<Uint128>(station.speed);
  const auto whole = static_cast<std::int64_t>(product / speed);
  return works_from + SimDuration{whole + (product % speed == 0 ? 0 : 1)};
}

void PlainPlane::serve(std::size_t number, SimTime now) {
  Station& station = stations_[requests_[number].process];
  const SimTime done = done_from(requests_[number], station, now);
  station.done_at[number] = done;
  if (done != kNever) put(done, kComplete, number);
}

void PlainPlane::change_speed(app::ProcessId process, std::int64_t speed) {
  const SimTime now = loop_.now();
  due(now);
  Station& station = stations_[process];
  for (const std::size_t number : station.serving) {
    Request& request = requests_[number];
    const SimTime worked_from = std::max(station.paced, request.began + request.hold);
    if (worked_from < now) {
      const auto work = static_cast<Uint128>((now - worked_from).count()) *
                        static_cast<Uint128>(station.speed) / Uint128{1'000'000};
      request.work -= SimDuration{static_cast<std::int64_t>(work)};
    }
  }
  station.speed = speed;
  station.paced = now;
  for (const std::size_t number : station.serving) serve(number, now);
}

}  // namespace steady::dataplane::testing

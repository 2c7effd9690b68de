#include <algorithm>

#include "sim/dataplane/impl.h"

/// Apps under load: what they shed, what they wait for, and the memory that runs out.
namespace steady::dataplane {

/// A process that stands still answers nothing, so it does not shed either.
bool DataPlane::Impl::sheds(Served& at, SimTime now) {
  const auto& limit = at.model->shed_above;
  if (!limit || (at.work && at.work->speed() == 0)) return false;
  return at.station.next_start(now) > now && at.station.waiting(now) >= *limit;
}

void DataPlane::Impl::answer_late(Open& open, const app::AppModel& model) {
  open.outcome = Outcome::kAppError;
  open.expected = model.errors_expected;
  open.cause = cause(Outcome::kAppError, 503, "app", causes::kQueueTimeout, 0, kNoTarget);
}

/// One after the other, until one of them fails; gives back how long that takes.
SimDuration DataPlane::Impl::call_others(Open& open, const app::AppModel& model,
                                         std::uint32_t attempt) {
  const Source& source = sources[open.source];
  const int again = balancer_tries_of(open);
  const PhiloxBlock bits =
      again == 0 ? source.service.block(open.index, attempt * kBlocks + kDependency)
                 : source.tries.block(open.index, block_of_try(attempt, again, kDependency));
  SimDuration waited{0};
  std::uint64_t latency_bits = word(bits), error_bits = bits[2];
  for (const auto& other : model.dependencies) {
    const app::Dependencies::Trouble state = fleet.dependencies().all_well()
                                                 ? app::Dependencies::Trouble{}
                                                 : fleet.dependencies().state(other.name);
    SimDuration latency = state.latency.value_or(SimDuration{0});
    if (!state.latency) {
      latency = other.latency.sample(latency_bits);
      if (state.factor != 1000) {
        const Int128 scaled = Int128{latency.count()} * state.factor / 1000;
        latency = SimDuration{
            static_cast<std::int64_t>(std::min(scaled, Int128{kLongestDuration.count()}))};
      }
    }
    std::string_view how;
    if (state.down) {
      how = " is down";
      latency = SimDuration{0};
    } else if (latency > other.timeout) {
      how = " timed out";
      latency = other.timeout;
    } else if (((error_bits * 1'000'000U) >> 32) < other.errors_per_million) {
      how = " failed";
    }
    waited = std::min(waited + latency, kLongestDuration);
    if (!how.empty()) {
      open.outcome = Outcome::kAppError;
      open.expected = model.errors_expected;
      open.cause = cause(Outcome::kAppError, 500, "dependency",
                         "dependency " + other.name + std::string(how), 0, kNoTarget);
      return waited;
    }
    latency_bits = mix64(latency_bits);
    error_bits = mix64(error_bits + 1) >> 32;
  }
  return waited;
}

/// The control plane may have to act before `until`.
void DataPlane::Impl::watch_memory(SimTime until) {
  halt = kNever;
  advancing_to = until;
  for (const app::ProcessId id : fleet.growing()) {
    const std::uint64_t requests =
        id < served.size() && served[id] ? served[id]->station.answered : 0;
    const SimTime full = std::max(loop.now(), fleet.memory_full_at(id, requests));
    if (full < until && full < halt) {
      halt = full;
      halted_by = id;
    }
  }
}

/// The process has taken one more request: if that is more than it can bear, or brings that moment
/// before the next act of the control plane, nothing later may be carried.
void DataPlane::Impl::grow(const Open& open, const Served& at, SimTime now) {
  if (fleet.process(open.process).memory_limit == 0) return;
  const SimTime full = std::max(now, fleet.memory_full_at(open.process, at.station.answered + 1));
  if (full >= std::min(halt, advancing_to)) return;
  halt = full;
  halted_by = open.process;
  // Whoever carries looks at the first of these after each request.
  moments.add({full, Moments::kWake, 0, 0, kNoOperation, 0});
}

}  // namespace steady::dataplane

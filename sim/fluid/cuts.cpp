#include <algorithm>

#include "sim/fluid/impl.h"

/// What the control plane does to requests that are open, and asks of them.
namespace steady::fluid {
namespace {

/// Among so many expected to be open, the chance that none is: a half, and 5 % and 95 %.
constexpr double kHalf = 0.693147, kSurelyOpen = 3, kSurelyNone = 0.05;

/// How many of a cohort are open at `at`, for the process or for those of its clients who wait.
double open_at(const Cohort& cohort, SimTime at, bool for_clients) {
  if (for_clients && cohort.cut) return 0;
  const auto filled = [&](SimDuration age) {
    const Served& served = cohort.served;
    if (for_clients) age = std::min(age, served.patience);
    return age <= SimDuration{0}
               ? 0
               : seconds(std::min(age, served.wait)) + served.law->filled(age - served.wait);
  };
  const double share =
      (filled(at - cohort.from) - filled(at - cohort.to)) / seconds(cohort.to - cohort.from);
  return cohort.mass * std::clamp(share, 0.0, 1.0);
}

}  // namespace

/// elb.md 5.5: in flight is what was sent and is not answered yet, whatever was sent when.
void FluidPlane::Impl::cut(Cohort& cohort, app::ProcessId id, app::Cut with, SimTime at) {
  if (cohort.cut) return;
  cohort.cut = true;
  const double left =
      books.serve_until(cohort.served, id, cohort.mass, at - cohort.from, at - cohort.to);
  const elb::Frontend& frontend = *cohort.frontend;
  Outcome outcome = Outcome::kReset;
  int status = with.without_answer ? 0 : frontend.kind == elb::Kind::kClassic ? 504 : 502;
  if (with.connection_vanishes) {
    // No reset arrives: the balancer waits for its idle time-out, the client for its patience.
    const bool gives_up = sources[cohort.source].spec.timeout < frontend.idle_timeout;
    outcome = gives_up ? Outcome::kClientGaveUp : Outcome::kTimeout;
    status = gives_up ? 0 : 504;
  }
  if (left <= 0) return;
  books.lose(cohort.served.segment, cohort.served.version,
             {outcome, cause(outcome, status, "target", with.cause, frontend.group, cohort.target)},
             id, {left});
}

/// The moment by which all are done as likely as not. `rate` comes there still.
SimTime FluidPlane::Impl::idle_at(const std::vector<const Cohort*>& open, bool for_clients,
                                  double rate) {
  const auto left = [&](SimTime at) {
    double sum = 0;
    for (const Cohort* cohort : open) sum += open_at(*cohort, at, for_clients);
    return sum;
  };
  const auto reaches = [&](double number) {
    if (left(now) <= number) return now;
    SimTime low = now, high = now + 1s;
    while (left(high) > number && high - now < kLongestDuration / 4) {
      low = high;
      high = now + (high - now) * 2;
    }
    while (high - low > SimDuration{1000}) {
      const SimTime middle = low + (high - low) / 2;
      (left(middle) > number ? low : high) = middle;
    }
    return high;
  };
  const SimTime early = reaches(kSurelyOpen), late = reaches(kSurelyNone);
  if (late > early) books.doubt_answers(late - early, rate * seconds(late - early));
  return reaches(kHalf);
}

void FluidPlane::cut_process(app::ProcessId id, app::Cut with) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (id >= impl.processes.size() || !impl.processes[id]) return;
  auto& open = impl.processes[id]->open;
  for (Cohort& cohort : open) impl.cut(cohort, id, with, impl.loop.now());
  open.clear();
}

void FluidPlane::cut_target(app::GroupId, app::TargetId target, app::Cut with) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (target >= impl.target_processes.size()) return;
  for (const app::ProcessId id : impl.target_processes[target]) {
    if (id == app::Fleet::kNone || !impl.processes[id]) continue;
    for (Cohort& cohort : impl.processes[id]->open) {
      if (cohort.target == target) impl.cut(cohort, id, with, impl.loop.now());
    }
  }
  for (Cohort& cohort : impl.dark) {
    if (cohort.target == target) impl.cut(cohort, app::Fleet::kNone, with, impl.loop.now());
  }
}

SimTime FluidPlane::process_idle_at(app::ProcessId id) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (id >= impl.processes.size() || !impl.processes[id]) return impl.loop.now();
  Process& process = *impl.processes[id];
  std::vector<const Cohort*> open;
  for (const Cohort& cohort : process.open) open.push_back(&cohort);
  return impl.idle_at(open, false, process.rate);
}

SimTime FluidPlane::target_idle_at(app::GroupId, app::TargetId target) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (target >= impl.target_processes.size()) return impl.loop.now();
  std::vector<const Cohort*> open;
  double rate = 0;
  for (const app::ProcessId id : impl.target_processes[target]) {
    if (id == app::Fleet::kNone || !impl.processes[id]) continue;
    rate += impl.processes[id]->rate;
    for (const Cohort& cohort : impl.processes[id]->open) {
      if (cohort.target == target) open.push_back(&cohort);
    }
  }
  for (const Cohort& cohort : impl.dark) {
    if (cohort.target == target) open.push_back(&cohort);
  }
  return impl.idle_at(open, true, rate);
}

SimDuration FluidPlane::queue_wait(app::ProcessId id) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (id >= impl.processes.size() || !impl.processes[id]) return SimDuration{0};
  impl.catch_up(*impl.processes[id], impl.loop.now());
  const Station& station = impl.processes[id]->station;
  if (station.is_full()) return kNever - impl.loop.now();
  return SimDuration{static_cast<std::int64_t>(station.wait() * 1e9)};
}

}  // namespace steady::fluid

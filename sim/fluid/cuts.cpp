#include <algorithm>

#include "sim/fluid/impl.h"
#include "sim/fluid/supported.h"

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
  const Amount left =
      books.serve_until(cohort.served, id, cohort.mass, {at - cohort.from, at - cohort.to});
  if (left.mass <= 0 && left.doubt <= 0) return;
  const elb::Frontend& frontend = *cohort.frontend;
  const auto end = [&](Outcome outcome, int status) {
    return End{outcome,
               cause(outcome, status, "target", with.cause, frontend.group, cohort.target)};
  };
  if (with.connection_vanishes) {
    // No reset arrives: the balancer waits for its idle time-out, the client for its patience.
    const SimDuration timeout = sources[cohort.source].spec.timeout;
    const bool gives_up = timeout < frontend.idle_timeout;
    return fall_silent(cohort, id, left,
                       gives_up ? end(Outcome::kClientGaveUp, 0) : end(Outcome::kTimeout, 504),
                       std::min(timeout, frontend.idle_timeout), at);
  }
  const int status = with.without_answer ? 0 : reset_status(frontend);
  books.lose(cohort.served.segment, cohort.served.version, end(Outcome::kReset, status), id, left);
}

void FluidPlane::Impl::fall_silent(const Cohort& cohort, app::ProcessId id, Amount left, End end,
                                   SimDuration patience, SimTime at) {
  // As a rule the open ones are the last of their stretch: most were sent after `from`.
  constexpr double kFew = 0.005;
  SimTime low = cohort.from, high = cohort.to;
  while (high - low > SimDuration{1'000'000}) {
    const SimTime middle = low + (high - low) / 2;
    Cohort before = cohort;
    before.cut = false;
    before.to = middle;
    before.mass *= seconds(middle - cohort.from) / seconds(cohort.to - cohort.from);
    (open_at(before, at, true) > kFew * left.mass ? high : low) = middle;
  }
  silent.push_back({low, cohort.to, patience, left.mass, left.doubt, cohort.target, id,
                    cohort.frontend, cohort.served.segment, cohort.served.version, end});
}

void FluidPlane::Impl::cut(const Silence& silence, app::Cut with, SimTime at) {
  // Who has given up by now was sent before this.
  const SimTime since = std::clamp(at - silence.patience, silence.from, silence.to);
  const double open = seconds(silence.to - since) / seconds(silence.to - silence.from);
  const bool in_doubt = open > 0 && open < 1;
  const double doubt = silence.doubt + (in_doubt ? silence.mass : 0);
  const elb::Frontend& frontend = *silence.frontend;
  const int status = with.without_answer ? 0 : reset_status(frontend);
  const CauseId id =
      cause(Outcome::kReset, status, "target", with.cause, frontend.group, silence.target);
  if (open > 0)
    books.lose(silence.segment, silence.version, {Outcome::kReset, id}, silence.process,
               {silence.mass * open, 0, doubt});
  if (open < 1)
    books.lose(silence.segment, silence.version, silence.end, silence.process,
               {silence.mass * (1 - open), 0, doubt});
}

/// The moment by which all are done as likely as not. `rate` comes there still.
SimTime FluidPlane::Impl::idle_at(const std::vector<const Cohort*>& open, bool for_clients,
                                  double rate) {
  // Whoever has surely ended by now need not be asked about later moments.
  constexpr double kEnded = 1e-6;
  std::vector<const Cohort*> asked;
  for (const Cohort* cohort : open) {
    if (open_at(*cohort, now, for_clients) > kEnded) asked.push_back(cohort);
  }
  const auto left = [&](SimTime at) {
    double sum = 0;
    for (const Cohort* cohort : asked) sum += open_at(*cohort, at, for_clients);
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
  std::erase_if(impl.silent, [&](const Silence& silence) {
    if (silence.target != target) return false;
    impl.cut(silence, with, impl.loop.now());
    return true;
  });
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
  SimTime idle = impl.idle_at(open, true, rate);
  double mass = 0;
  for (const Silence& silence : impl.silent) {
    if (silence.target != target || silence.to + silence.patience <= impl.loop.now()) continue;
    mass += silence.mass;
    if (mass > kHalf) idle = std::max(idle, silence.to + silence.patience);
  }
  if (mass > kSurelyNone && mass < kSurelyOpen) impl.books.doubt_answers(SimDuration{0}, mass);
  return idle;
}

void FluidPlane::cut_node(std::string_view load_balancer, std::uint16_t) {
  for (const Source& source : impl_->sources) {
    if (source.spec.load_balancer == load_balancer)
      throw NotCarried("at " + format_seconds(impl_->loop.now()) + " a node of " +
                       source.spec.load_balancer +
                       " closes its connections, which the fluid mode does not carry");
  }
}

void FluidPlane::change_speed(app::ProcessId id, std::int64_t) {
  throw NotCarried("at " + format_seconds(impl_->loop.now()) + " " +
                   impl_->fleet.process(id).model->revision +
                   " works slower or faster than before, which the fluid mode does not carry");
}

app::QueuedCheck FluidPlane::queued_check(app::ProcessId id) {
  Impl& impl = *impl_;
  impl.carry_to(impl.loop.now());
  if (id >= impl.processes.size() || !impl.processes[id]) return {};
  impl.catch_up(*impl.processes[id], impl.loop.now());
  const Station& station = impl.processes[id]->station;
  app::QueuedCheck check;
  check.refused = station.is_full();
  if (!check.refused) check.wait = SimDuration{static_cast<std::int64_t>(station.wait() * 1e9)};
  return check;
}

}  // namespace steady::fluid

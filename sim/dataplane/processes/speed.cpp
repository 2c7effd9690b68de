#include <algorithm>

#include "sim/dataplane/impl.h"

/// Processes that get slower or faster: the work that is left of what they hold takes longer or
/// shorter from that moment on.
namespace steady::dataplane {

void DataPlane::expect_speed_changes() {
  STEADY_CHECK(impl_->served.empty(), "speeds may change, and requests were carried before");
  impl_->speeds_change = true;
}

/// Remembers what is to do, and gives back when it will be done.
SimTime DataPlane::Impl::take_job(Open& open, Served& at, std::uint32_t attempt, SimTime now,
                                  SimTime start, SimDuration hold, SimDuration work) {
  const app::AppModel& model = *at.model;
  Job job;
  job.came = now;
  job.start = start;
  job.index = open.index;
  job.source = open.source;
  job.hold = hold;
  job.work = work.count();
  if (!model.dependencies.empty()) {
    const CauseId before = open.cause;
    job.hold += call_others(open, model, attempt);
    if (open.cause != before) job.work = 0;  // the answer is an error, and costs nothing more
  }
  if (model.queue_timeout && *model.queue_timeout < kNever - now)
    job.latest = now + *model.queue_timeout;
  job.outcome = open.outcome;
  job.expected = open.expected;
  job.cause = open.cause;
  const std::int64_t speed = at.work ? at.work->speed() : app::kFullSpeed;
  job.done = Work::done(job, start, speed);
  if (at.work) at.work->add(job, now);
  if (job.start > job.latest) answer_late(open, model);
  if (model.memory) grow(open, at, now);
  return job.done;
}

void DataPlane::change_speed(app::ProcessId process, std::int64_t speed) {
  if (process >= impl_->served.size() || !impl_->served[process]) return;
  impl_->change_speed(*impl_->served[process], speed);
}

void DataPlane::Impl::change_speed(Served& at, std::int64_t speed) {
  STEADY_CHECK(at.work, "a process changed its speed, and nobody had expected that of any");
  const SimTime now = loop.now();
  Station& station = at.station;
  prune(at, now);
  at.work->change(now, speed, station.concurrency());
  station.replan(now, at.work->free());
  station.held_ns += static_cast<Uint128>(at.work->longer());
  const auto& jobs = at.work->jobs();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].start > now) station.waits_until(jobs[i].start);
  }
  // Both are in the order of acceptance; of some jobs the client has gone.
  std::size_t next = 0;
  for (std::size_t i = 0; i < station.open.size(); ++i) {
    Open& open = station.open[i];
    if (open.end <= now || open.stream || open.silent) continue;
    // Nobody hears the answer, whenever it comes.
    if (is_forgotten(open, now)) continue;
    while (next < jobs.size() &&
           !(jobs[next].index == open.index && jobs[next].source == open.source &&
             jobs[next].came == came_to_process(open)))
      ++next;
    STEADY_CHECK(next < jobs.size(), "a process holds a request and does not know its work");
    plan_anew(open, jobs[next++]);
  }
}

void DataPlane::Impl::plan_anew(Open& open, const Job& job) {
  const SimTime now = loop.now();
  Open planned_anew = open;
  planned_anew.end = job.done;
  planned_anew.outcome = job.outcome;
  planned_anew.cause = job.cause;
  planned_anew.expected = job.expected;
  if (job.start > job.latest) answer_late(planned_anew, *served[open.process]->model);
  FrontendState& state = states[open.frontend];
  plan_end(planned_anew, *state.frontend, open.queued ? open.sent : job.came, patience_of(open));
  if (watched.source == open.source && watched.index == open.index) {
    watched.started = job.start;
    watched.answered = job.done;
  }
  if (planned_anew.end == open.end && planned_anew.outcome == open.outcome &&
      planned_anew.cause == open.cause)
    return;
  const bool counted = leave_node(open, now);
  open.end = planned_anew.end;
  open.outcome = planned_anew.outcome;
  open.cause = planned_anew.cause;
  open.expected = planned_anew.expected;
  flow_until(open);
  if (counted)
    depart(open, *state.frontend->nodes[open.node].algorithm, state.nodes[open.node], now);
  planned(open);
}

app::QueuedCheck DataPlane::Impl::queued_check(Served& at, const app::Process& process) {
  const SimTime now = loop.now();
  app::QueuedCheck check;
  if (at.station.full(now)) {
    check.refused = true;
    return check;
  }
  if (sheds(at, now)) {
    check.shed = true;
    return check;
  }
  SimTime start = at.station.next_start(now);
  if (process.speed == 0) {
    // It has its turn when those before it have had theirs, from when the process goes on.
    if (process.stands_until >= now + kLongestDuration) return {kLongestDuration};
    Work then = *at.work;
    then.change(process.stands_until, process.speed_after, at.station.concurrency());
    start = then.free().size() < at.station.concurrency()
                ? process.stands_until
                : std::max(process.stands_until, then.free().front());
  }
  check.wait = start - now;
  check.shed = at.model->queue_timeout && check.wait > *at.model->queue_timeout;
  return check;
}

}  // namespace steady::dataplane

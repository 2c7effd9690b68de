#include "sim/app/fleet.h"

#include <algorithm>

#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"

namespace steady::app {
namespace {

// Numbers of the draws that a process makes; each has its own, so a new one shifts none.
enum Draw : std::uint32_t { kDrawReady = 0, kDrawExit = 1, kDrawHealthy = 2 };

constexpr std::string_view kNames[] = {"not-ready", "ready", "stopping", "gone"};

}  // namespace

Fleet::Fleet(EventLoop& loop, RandomSource random, Journal& journal)
    : loop_(loop), stream_(random.stream("app")), journal_(journal) {}

HostId Fleet::host(std::string_view name) {
  const auto found = host_ids_.find(name);
  if (found != host_ids_.end()) return found->second;
  const auto id = static_cast<HostId>(hosts_.size());
  hosts_.push_back({std::string(name), false});
  host_ids_.emplace(std::string(name), id);
  return id;
}

const std::string& Fleet::host_name(HostId host) const { return hosts_[host].name; }

void Fleet::host_gone(HostId host, Cut cut) {
  for (ProcessId id = 0; id < processes_.size(); ++id) {
    const Process& process = processes_[id];
    if (process.state != ProcessState::kGone && endpoints_[process.endpoint].host == host)
      kill(id, cut);
  }
  hosts_[host].gone = true;
  ++changes_;
}

EndpointId Fleet::endpoint(HostId host, std::uint16_t port) {
  const auto [place, fresh] =
      endpoint_ids_.try_emplace({host, port}, static_cast<EndpointId>(endpoints_.size()));
  if (fresh) endpoints_.push_back({host, port, kNone});
  return place->second;
}

std::string Fleet::endpoint_name(EndpointId endpoint) const {
  return hosts_[endpoints_[endpoint].host].name + ":" + std::to_string(endpoints_[endpoint].port);
}

ProcessId Fleet::launch(const AppModel& model, EndpointId endpoint, std::string owner,
                        std::uint64_t entity, OnExit on_exit) {
  STEADY_CHECK(endpoints_[endpoint].process == kNone,
               "two processes listen at " + endpoint_name(endpoint));
  const auto id = static_cast<ProcessId>(processes_.size());
  Process process;
  process.model = &model;
  process.entity = entity;
  process.endpoint = endpoint;
  process.owner = std::move(owner);
  process.running_at = loop_.now();
  processes_.push_back(std::move(process));
  on_exit_.push_back(std::move(on_exit));
  timers_.emplace_back();
  paces_.emplace_back();
  endpoints_[endpoint].process = id;
  ++changes_;
  journal_.add(
      loop_.now(), journal::kProcess, model.revision,
      {{"process", std::to_string(id)}, {"state", "start"}, {"task", processes_[id].owner}});
  if (model.exit_after) {
    const SimDuration life = model.exit_after->sample(stream_.bits(entity, kDrawExit));
    timers_[id].push_back(loop_.after(life, "process exits by itself",
                                      [this, id] { crash(id, processes_[id].model->exit_code); }));
  }
  const SimDuration until_ready = model.ready_after.sample(stream_.bits(entity, kDrawReady));
  paces_[id].startup_left = until_ready.count();
  if (until_ready.count() == 0) {
    become_ready(id);
  } else {
    plan_ready(id);
  }
  if (model.pauses) plan_pause(id, 0);
  return id;
}

void Fleet::become_ready(ProcessId id) {
  Process& process = processes_[id];
  if (process.state != ProcessState::kNotReady) return;
  process.state = ProcessState::kReady;
  ++changes_;
  process.ready_at = loop_.now();
  if (process.model->healthy_for) {
    process.healthy_until = loop_.now() + process.model->healthy_for->sample(
                                              stream_.bits(process.entity, kDrawHealthy));
  }
  if (on_state_) on_state_(id);
}

void Fleet::sigterm(ProcessId id) {
  Process& process = processes_[id];
  if (process.state == ProcessState::kGone || process.state == ProcessState::kStopping) return;
  if (process.speed == 0) {
    paces_[id].told_to_end = true;
    return;
  }
  switch (process.model->on_sigterm) {
    case OnSigterm::kIgnore:
      if (process.model->closes_streams) plane_->close_streams(id);
      return;
    case OnSigterm::kExit:
      plane_->cut_process(id, {"process exited at SIGTERM with requests in flight"});
      return ended(id, 143, "sigterm");
    case OnSigterm::kFinish:
      break;
  }
  process.state = ProcessState::kStopping;
  ++changes_;
  process.stopping_at = loop_.now();
  journal_.add(
      loop_.now(), journal::kProcess, process.model->revision,
      {{"process", std::to_string(id)}, {"state", kNames[2].data()}, {"task", process.owner}});
  if (process.model->closes_streams) plane_->close_streams(id);
  plan_finish(id);
}

void Fleet::crash(ProcessId id, int exit_code) {
  if (processes_[id].state == ProcessState::kGone) return;
  plane_->cut_process(id, {"process ended by itself with requests in flight"});
  ended(id, exit_code, "exit");
}

void Fleet::kill(ProcessId id, Cut cut) {
  if (processes_[id].state == ProcessState::kGone) return;
  plane_->cut_process(id, cut);
  on_exit_[id] = nullptr;
  processes_[id].vanished = cut.connection_vanishes;
  ended(id, 137, "kill");
}

void Fleet::ended(ProcessId id, int exit_code, std::string_view why) {
  Process& process = processes_[id];
  process.state = ProcessState::kGone;
  ++changes_;
  process.gone_at = loop_.now();
  endpoints_[process.endpoint].process = kNone;
  for (const auto& timer : timers_[id]) loop_.cancel(timer);
  timers_[id].clear();
  for (const auto& timer : {paces_[id].ready, paces_[id].finish, paces_[id].pause}) {
    if (timer) loop_.cancel(*timer);
  }
  paces_[id] = {};
  std::erase(growing_, id);
  journal_.add(
      loop_.now(), journal::kProcess, process.model->revision,
      {{"process", std::to_string(id)}, {"state", std::string(why)}, {"task", process.owner}});
  if (on_state_) on_state_(id);
  if (on_exit_[id]) {
    const OnExit on_exit = std::move(on_exit_[id]);
    on_exit_[id] = nullptr;
    on_exit(id, exit_code);
  }
}

const Process* Fleet::process_at(EndpointId endpoint) const {
  const ProcessId id = endpoints_[endpoint].process;
  return id == kNone ? nullptr : &processes_[id];
}

CheckAnswer Fleet::check(EndpointId endpoint) const {
  CheckAnswer answer;
  answer.reach = reach(endpoint);
  if (answer.reach != Reach::kProcess) return answer;
  const Process& process = *process_at(endpoint);
  const AppModel& model = *process.model;
  const bool sick = model.never_healthy || loop_.now() >= process.healthy_until ||
                    (model.health == HealthMode::kSchema && schema_probe_ && !schema_probe_(model));
  answer.status = sick ? 503 : 200;
  // A process that stands still answers when it goes on.
  if (process.speed == 0) {
    answer.after = std::min(process.stands_until, loop_.now() + kLongestDuration) - loop_.now();
  }
  if (model.health == HealthMode::kQueued) {
    const QueuedCheck queued = plane_->queued_check(endpoints_[endpoint].process);
    answer.after = queued.wait;
    if (queued.refused) {
      answer.reach = Reach::kRefused;
      answer.status = 0;
    } else if (queued.shed) {
      answer.status = 503;
    }
  }
  return answer;
}

}  // namespace steady::app

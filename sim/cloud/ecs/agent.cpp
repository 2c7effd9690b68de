#include <algorithm>

#include "sim/cloud/ecs/state.h"
#include "sim/core/check.h"

namespace steady::ecs {
namespace {

// Numbers of the draws that a task makes, keyed by its ordinal.
enum Draw : std::uint32_t { kDrawEni = 0, kDrawPull = 1, kDrawStart = 2, kDrawDetach = 3 };

// ecs.md 1.6 has it word for word.
constexpr std::string_view kOutOfMemory = "OutOfMemoryError: Container killed due to memory usage";

// ip_local_port_range (ecs.md 1.5), given out in turn, so that a port that has just been freed is
// the last to be taken again.
constexpr std::uint16_t kFirstDynamicPort = 32768, kLastDynamicPort = 60999;

constexpr SimDuration kAfterOverrun = 2s;

/// Where the process of a task listens: the port of its load balancer, else its first.
std::uint16_t listening_container_port(const TaskState& task) {
  for (const auto& container : task.definition->containers) {
    for (const auto& port : container.ports) {
      if (task.targets.empty() || port.container_port == task.targets.front().port)
        return port.container_port;
    }
  }
  return 0;
}

/// The hard limit of the container that serves, in bytes: its own and its task's (ecs.md 1.5); 0
/// for none, since `memoryReservation` is a soft one.
std::int64_t memory_limit(const TaskState& task) {
  constexpr std::int64_t kMiB = 1024 * 1024;
  const std::uint16_t listens = listening_container_port(task);
  const ContainerDefinition* serving = nullptr;
  for (const auto& container : task.definition->containers) {
    const bool serves = std::ranges::any_of(container.ports, [listens](const PortMapping& port) {
      return port.container_port == listens;
    });
    if (serving == nullptr || serves) serving = &container;
    if (serves) break;
  }
  const int own = serving == nullptr ? 0 : serving->memory.value_or(0);
  const int whole = task.definition->memory.value_or(0);
  return (own == 0 || whole == 0 ? std::max(own, whole) : std::min(own, whole)) * kMiB;
}

/// What Docker is told of a task's containers: 0 or nothing becomes 2 (ecs.md 1.5).
std::int64_t shares_of(const TaskDefinition& definition) {
  std::int64_t sum = 0;
  for (const auto& container : definition.containers) sum += std::max(2, container.cpu);
  return std::max<std::int64_t>(2, sum);
}

SimDuration stop_timeout(const TaskDefinition& definition) {
  SimDuration longest{0};
  bool any = false;
  for (const auto& container : definition.containers) {
    longest = std::max(longest, container.stop_timeout.value_or(std::chrono::seconds{30}));
    any = true;
  }
  return any ? longest : std::chrono::seconds{30};
}

const ContainerHealthCheck* health_check_of(const TaskDefinition& definition) {
  for (const auto& container : definition.containers) {
    if (container.essential && container.health_check) return &*container.health_check;
  }
  return nullptr;
}

}  // namespace

std::uint16_t Ecs::Impl::dynamic_port(InstanceState& instance) {
  for (int tries = kFirstDynamicPort; tries <= kLastDynamicPort; ++tries) {
    const std::uint16_t port = std::max(instance.next_dynamic_port, kFirstDynamicPort);
    instance.next_dynamic_port =
        port == kLastDynamicPort ? kFirstDynamicPort : static_cast<std::uint16_t>(port + 1);
    if (instance.tcp_taken.count(port) == 0 && instance.dynamic_taken.insert(port).second)
      return port;
  }
  STEADY_CHECK(false, "no dynamic port is left on " + instance.ec2_instance);
  return 0;
}

/// Room on the machine as it really is: containers of stopping tasks still hold theirs
/// (ecs.md 2.12).
bool Ecs::Impl::real_room(const InstanceState& instance, const TaskState& wanted) const {
  int cpu = instance.cpu_total, memory = instance.memory_total;
  for (const auto& task : tasks) {
    if (task->instance != &instance || !task->present || task.get() == &wanted) continue;
    cpu -= task->demand.cpu;
    memory -= task->demand.memory;
    for (const auto port : wanted.demand.tcp_ports) {
      if (std::ranges::find(task->demand.tcp_ports, port) != task->demand.tcp_ports.end())
        return false;
    }
    for (const auto port : wanted.demand.udp_ports) {
      if (std::ranges::find(task->demand.udp_ports, port) != task->demand.udp_ports.end())
        return false;
    }
  }
  return cpu >= wanted.demand.cpu && memory >= wanted.demand.memory;
}

void Ecs::Impl::start(TaskState& task) {
  auto& instance = static_cast<InstanceState&>(*task.instance);
  if (!instance.agent_connected) {
    task.start_waits_for_agent = true;
    return;
  }
  // First in first out: nobody overtakes a start that waits for the old containers to go.
  if (!instance.waiting.empty() || !real_room(instance, task)) {
    task.waits_for_room = true;
    instance.waiting.push_back(&task);
    return;
  }
  begin_containers(task);
}

void Ecs::Impl::room_came(InstanceState& instance) {
  while (!instance.waiting.empty() && real_room(instance, *instance.waiting.front())) {
    TaskState* next = instance.waiting.front();
    instance.waiting.pop_front();
    next->waits_for_room = false;
    begin_containers(*next);
  }
}

void Ecs::Impl::begin_containers(TaskState& task) {
  task.present = true;
  const app::AppModel& model = *task.definition->app;
  auto after_eni = [this, &task, &model] {
    if (task.last_status == TaskStatus::kProvisioning) transition(task, TaskStatus::kPending);
    const SimDuration pull = model.pull.sample(stream.bits(task.ordinal, kDrawPull));
    const SimDuration startup = model.startup.sample(stream.bits(task.ordinal, kDrawStart));
    task.pull_started_at = now();
    if (pull.count() > 0) journal_task(task, "pull");
    auto after_pull = [this, &task, &model, startup, pulled = pull.count() > 0] {
      task.pull_stopped_at = now();
      if (pulled) journal_task(task, "start");
      task.timers.push_back(loop.after(startup, "task starts", [this, &task, &model] {
        if (model.pull_fails) {
          return start_failed(task, "Task failed to start",
                              "CannotPullContainerError: pull image manifest has been retried 5 "
                              "time(s): failed to resolve ref",
                              std::nullopt);
        }
        if (model.crash_on_start) {
          return start_failed(task, "Essential container in task exited", "", model.exit_code);
        }
        become_running(task);
      }));
    };
    if (pull.count() == 0) return after_pull();
    task.timers.push_back(loop.after(pull, "image is pulled", after_pull));
  };
  if (task.last_status != TaskStatus::kProvisioning) return after_eni();
  const SimDuration eni = behaviour.eni_attach.sample(stream.bits(task.ordinal, kDrawEni));
  task.timers.push_back(loop.after(eni, "network interface attached", after_eni));
}

void Ecs::Impl::become_running(TaskState& task, bool at_rest) {
  auto& instance = static_cast<InstanceState&>(*task.instance);
  task.present = true;
  task.timers.clear();
  const std::uint16_t listens = listening_container_port(task);
  std::uint16_t listens_host = listens;
  for (const auto& container : task.definition->containers) {
    for (const auto& port : container.ports) {
      std::uint16_t host_port = port.host_port;
      if (task.definition->network_mode != NetworkMode::kBridge) {
        host_port = port.container_port;
      } else if (host_port == 0) {
        host_port = dynamic_port(instance);
      }
      task.bindings.emplace_back(port.container_port, host_port);
      if (port.container_port == listens) listens_host = host_port;
    }
  }
  std::string host_name = instance.ec2_instance;
  if (task.definition->network_mode == NetworkMode::kAwsvpc) {
    const std::uint64_t n = next_ip++;
    task.ip = "10.0." + std::to_string(1 + n / 250 % 250) + "." + std::to_string(4 + n % 250);
    if (n >= 62'500) task.ip = "10." + std::to_string(n / 62'500) + task.ip.substr(4);
    host_name = task.ip;
  } else if (listens == 0) {
    host_name = "task " + task.id;  // it listens nowhere that anybody could reach
  }
  const auto endpoint = parts.fleet.endpoint(parts.fleet.host(host_name), listens_host);
  // A service that begins at rest has been ready for long.
  const app::AppModel* model = task.definition->app;
  if (at_rest &&
      !(model->ready_after.is_constant() && model->ready_after.upper_bound().count() == 0)) {
    ready_models.push_back(*model);
    ready_models.back().ready_after = Distribution{};
    model = &ready_models.back();
  }
  task.process = parts.fleet.launch(*model, endpoint, task.id, task.ordinal,
                                    [this, &task](app::ProcessId process, int exit_code) {
                                      task.process = app::Fleet::kNone;
                                      task.exit_code = exit_code;
                                      if (task.orphan) return;
                                      task.execution_stopped_at = now();
                                      if (task.desired_running) {
                                        task.exited_by_itself = true;
                                        task.desired_running = false;
                                        task.stopping_at = now();
                                        task.stopped_reason = "Essential container in task exited";
                                        task.stop_code = "EssentialContainerExited";
                                        if (parts.fleet.process(process).out_of_memory)
                                          task.container_reason = kOutOfMemory;
                                        --task.instance->running_tasks;
                                      }
                                      stopped(task);
                                    });
  parts.fleet.limit_memory(task.process, memory_limit(task));
  const auto millionths = [](int units) { return std::int64_t{units} * 1'000'000 / 1024; };
  shares.add(task.instance->ec2_instance, millionths(task.instance->cpu_total), task.process,
             shares_of(*task.definition), millionths(task.definition->cpu.value_or(0)));
  task.started_at = now();
  transition(task, TaskStatus::kRunning);
  if (const auto* check = health_check_of(*task.definition)) {
    if (at_rest) {
      task.health = Health::kHealthy;
    }
    task.timers.push_back(loop.after(check->interval, "container health check",
                                     [this, &task] { container_check(task); }));
  }
}

// ecs.md 1.5 "Container health check": failures in startPeriod do not count, a success ends it.
void Ecs::Impl::container_check(TaskState& task) {
  if (task.last_status != TaskStatus::kRunning || task.process == app::Fleet::kNone) return;
  const auto* check = health_check_of(*task.definition);
  const auto answer = parts.fleet.check(parts.fleet.process(task.process).endpoint);
  const bool good = answer.reach == app::Reach::kProcess && answer.status == 200 &&
                    answer.after <= check->timeout;
  const Health before = task.health;
  if (good) {
    task.check_failures = 0;
    task.health = Health::kHealthy;
  } else if (task.health == Health::kHealthy || now() >= task.started_at + check->start_period) {
    if (++task.check_failures >= check->retries) task.health = Health::kUnhealthy;
  }
  if (task.health != before) journal_task(task);
  task.timers.push_back(loop.after(check->interval, "container health check",
                                   [this, &task] { container_check(task); }));
}

void Ecs::Impl::start_failed(TaskState& task, std::string reason, std::string container_reason,
                             std::optional<int> exit_code) {
  task.timers.clear();
  task.exited_by_itself = true;
  task.container_reason = std::move(container_reason);
  task.exit_code = exit_code;
  task.stopped_reason = std::move(reason);
  task.stop_code = exit_code ? "EssentialContainerExited" : "TaskFailedToStart";
  if (task.desired_running) {
    task.desired_running = false;
    --task.instance->running_tasks;
    task.stopping_at = now();
  }
  stopped(task);
}

void Ecs::Impl::signal(TaskState& task) {
  if (!task.instance->agent_connected && task.instance->status != InstanceStatus::kInactive) {
    task.stop_waits_for_agent = true;
    return;
  }
  if (task.signalled || !task.live()) return;
  task.signalled = true;
  if (task.process == app::Fleet::kNone) return stopped(task);
  auto act = [this, &task] {
    if (!task.live() || task.process == app::Fleet::kNone) return;
    // The grace period covers the hook and the exit; a hook that overruns it is cut off and gets
    // the app two seconds more (elb.md 6.4).
    const SimDuration grace = stop_timeout(*task.definition);
    const SimDuration hook = std::min(task.definition->app->pre_stop, grace);
    const bool overrun = hook > SimDuration{0} && hook == grace;
    const SimDuration until_kill = overrun ? grace + kAfterOverrun : grace;
    task.kill_timer = loop.after(until_kill, "stop time-out", [this, &task] {
      if (task.process == app::Fleet::kNone) return;
      parts.fleet.kill(task.process, {"stop time-out over, SIGKILL with requests in flight"});
      task.process = app::Fleet::kNone;
      task.exit_code = 137;
      stopped(task);
    });
    if (hook == SimDuration{0}) return parts.fleet.sigterm(task.process);
    loop.after(hook, "hook before the stop is over", [this, &task] {
      if (task.live() && task.process != app::Fleet::kNone) parts.fleet.sigterm(task.process);
    });
  };
  if (behaviour.agent_stop_latency.count() == 0) return act();
  loop.after(behaviour.agent_stop_latency, "agent stops a task", act);
}

/// The containers have ended: what is left is to give back what they held.
void Ecs::Impl::stopped(TaskState& task) {
  if (!task.live()) return;
  for (const auto& timer : task.timers) loop.cancel(timer);
  task.timers.clear();
  if (task.kill_timer.first != kNever) loop.cancel(task.kill_timer);
  auto& instance = static_cast<InstanceState&>(*task.instance);
  if (task.waits_for_room) {
    std::erase(instance.waiting, &task);
    task.waits_for_room = false;
  }
  if (task.execution_stopped_at == kNever) task.execution_stopped_at = now();
  if (task.process != app::Fleet::kNone && !task.orphan) {
    parts.fleet.kill(task.process, {"task stopped"});
    task.process = app::Fleet::kNone;
  }
  auto end = [this, &task, &instance] {
    if (!task.live()) return;
    task.stopped_at = now();
    task.present = false;
    if (task.resources_held) {
      release(instance, task.demand);
      task.resources_held = false;
    }
    forget_task(instance, task.group);
    for (const auto& [container, host] : task.bindings) instance.dynamic_taken.erase(host);
    ++instance.version;
    transition(task, TaskStatus::kStopped);
    if (instance.status != InstanceStatus::kInactive) journal_instance(instance);
    room_came(instance);
    wake_services(task.cluster);
    for (const auto& service : services) {
      if (service->name == task.service && service->cluster == task.cluster &&
          task.started_at == kNever && !task.by_scheduler) {
        note_start_failed(*service, task);
      }
    }
  };
  if (task.definition->network_mode == NetworkMode::kAwsvpc &&
      task.last_status != TaskStatus::kDeprovisioning) {
    const SimDuration detach = behaviour.eni_detach.sample(stream.bits(task.ordinal, kDrawDetach));
    if (!task.ip.empty())
      parts.fleet.host_gone(parts.fleet.host(task.ip), {"network interface removed", true});
    transition(task, TaskStatus::kDeprovisioning);
    loop.after(detach, "network interface removed", end);
    return;
  }
  end();
}

}  // namespace steady::ecs

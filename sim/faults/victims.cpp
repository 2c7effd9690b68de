#include "sim/faults/victims.h"

#include <algorithm>

#include "sim/world/world.h"

namespace steady::faults {

Victims::Victims(Options& options)
    : service_(options.text("service", "")),
      instance_(options.text("instance", "")),
      task_(options.text("task", "")),
      count_(options.number("count", instance_.empty() && task_.empty() ? 1 : 0)) {
  if (!task_.empty() && !(service_.empty() && instance_.empty()))
    options.refuse("task", "names one task: leave out service and instance");
}

Result<std::vector<Victims::Victim>> Victims::choose(world::World& world, std::string_view stream,
                                                     std::uint64_t entity) const {
  const ec2::Instance* machine = nullptr;
  if (!instance_.empty()) {
    machine = world.ec2().find(instance_);
    if (machine == nullptr)
      return Error{"fault", "there is no instance '" + instance_ + "'", "instance"};
  }
  std::vector<Victim> fitting;
  for (const auto* task : world.ecs().tasks()) {
    const bool serves =
        task->last_status != ecs::TaskStatus::kStopped && task->process != app::Fleet::kNone;
    const bool fits = (service_.empty() || task->service == service_) &&
                      task->id.starts_with(task_) &&
                      (machine == nullptr ||
                       (task->instance != nullptr && task->instance->ec2_instance == machine->id));
    if (serves && fits) fitting.push_back({task->process, "task " + task->id});
  }
  if (machine != nullptr && service_.empty() && machine->process != app::Fleet::kNone)
    fitting.push_back({machine->process, "instance " + machine->id});
  if (fitting.empty()) return Error{"fault", "no task that fits is running", std::string(stream)};
  if (count_ == 0 || static_cast<std::size_t>(count_) >= fitting.size()) return fitting;
  const RandomStream draw = world.settings().random.stream("faults/" + std::string(stream));
  std::vector<Victim> chosen;
  for (int i = 0; i < count_; ++i) {
    const std::size_t at = draw.below(fitting.size(), entity, static_cast<std::uint32_t>(i));
    chosen.push_back(std::move(fitting[at]));
    fitting.erase(fitting.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return chosen;
}

}  // namespace steady::faults

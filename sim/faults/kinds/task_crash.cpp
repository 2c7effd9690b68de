#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// The process of running tasks ends by itself (exit code 1), as a crash does: nobody is told
/// before.
class TaskCrash final : public Fault {
 public:
  explicit TaskCrash(Options& options)
      : service_(options.text("service", "")),
        count_(options.number("count", 1)),
        exit_code_(options.number("exitCode", 1)) {}

  Result<std::string> begin(world::World& world, std::uint64_t entity) override {
    const RandomStream draw = world.settings().random.stream("faults/taskCrash");
    std::string hit;
    for (int i = 0; i < count_; ++i) {
      std::vector<const ecs::Task*> running;
      for (const auto* task : world.ecs().tasks()) {
        const bool serves =
            task->last_status == ecs::TaskStatus::kRunning && task->process != app::Fleet::kNone;
        if (serves && (service_.empty() || task->service == service_)) running.push_back(task);
      }
      if (running.empty()) return Error{"fault", "no task is running", "taskCrash"};
      const auto* victim =
          running[draw.below(running.size(), entity, static_cast<std::uint32_t>(i))];
      hit += (hit.empty() ? "task " : ", task ") + victim->id;
      world.fleet().crash(victim->process, exit_code_);
    }
    return hit;
  }

 private:
  std::string service_;
  int count_, exit_code_;
};

}  // namespace

std::unique_ptr<Fault> make_task_crash(Options& options) {
  return std::make_unique<TaskCrash>(options);
}

}  // namespace steady::faults

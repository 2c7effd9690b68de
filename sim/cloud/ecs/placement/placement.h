#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/ecs/model.h"
#include "sim/core/random.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// Why one instance does not take a task, in the order in which it is checked (ecs.md 3.1, 3.7).
enum class Misfit : std::uint8_t {
  kNone,
  kNotActive,
  kAgent,
  kAttribute,
  kLocation,
  kConstraint,
  kPorts,
  kCpu,
  kMemory,
  kEni,
  kGpu
};
/// "AGENT", "ATTRIBUTE", "LOCATION", "RESOURCE:PORTS", "RESOURCE:CPU", ... (ecs.md 3.6)
std::string_view failure_reason(Misfit misfit);

/// What one instance said of one task.
struct InstanceVerdict {
  const ContainerInstance* instance = nullptr;
  Misfit misfit = Misfit::kNone;
  std::int64_t shortage_per_mille = 0;  ///< relative shortage of what is missing
  std::string why;  ///< one sentence with the numbers: "needs 512 CPU units, has 256"
};

/// Everything that is asked for when one task is placed.
struct PlacementRequest {
  const TaskDefinition* definition = nullptr;
  Demand demand;
  std::string group;  ///< "service:web": what spread and distinctInstance count
  std::vector<PlacementConstraint>
      constraints;  ///< of the service or the call; the definition's are added
  std::vector<PlacementStrategy> strategies;  ///< empty: the default of 2.7 or 3.2
  bool for_service = false;                   ///< chooses the default strategy
  std::vector<std::string> zones;             ///< awsvpc: zones of the subnets, empty for any
  std::uint64_t entity = 0;                   ///< key of the random draws: the task's ordinal
};

struct Placement {
  ContainerInstance* instance = nullptr;  ///< nullptr when nothing fits
  /// When nothing fits: the closest instance (3.7); nullptr when the cluster has no instance.
  std::optional<InstanceVerdict> closest;
  /// When nothing fits: every instance looked at, by ordinal.
  std::vector<InstanceVerdict> verdicts;
};

/// Places tasks one by one on the instances of a cluster: test resources and constraints, rank by
/// the strategies in their order, take the first (ecs.md 3.1). Decides only; reserve() takes.
///
/// It remembers what it worked out for a service (constraints read, attributes compared), and looks
/// again at the instances that changed: container instances tell by their marks.
class Placer {
 public:
  explicit Placer(RandomSource random);
  ~Placer();
  Placer(Placer&&) noexcept;

  /// `instances`: all container instances of the cluster that are not INACTIVE, by ordinal.
  Placement place(const PlacementRequest& request,
                  std::span<ContainerInstance* const> instances) const;

  /// The verdict of one instance (StartTask, explanations).
  InstanceVerdict examine(const PlacementRequest& request, const ContainerInstance& instance) const;

  /// Which of these tasks of a service goes first when one has to stop (ecs.md 2.7): index. One
  /// that does not run yet, or is not healthy, goes before all others; then the strategies speak
  /// (none: zone with the most tasks, in it the instance with the most), then a draw. Balance
  /// counts the tasks in `all` (none given: the candidates). Older deployments first is the
  /// caller's part.
  std::size_t choose_to_stop(std::span<const Task* const> candidates,
                             const std::vector<PlacementStrategy>& strategies, std::uint64_t entity,
                             std::span<const Task* const> all = {}) const;

 private:
  struct Memory;
  RandomStream ties_, stops_;
  std::unique_ptr<Memory> memory_;
};

inline constexpr std::size_t kMostConstraints = 10;  ///< per task (ecs.md 3.3)
inline constexpr std::size_t kMostStrategies = 5;    ///< ecs.md 3.2
/// What is wrong with them: unknown types, fields and expressions, too many. The definition's own
/// constraints only count. Error code InvalidParameterException. A request is placed only without
/// faults.
std::vector<Error> placement_faults(const std::vector<PlacementConstraint>& constraints,
                                    const std::vector<PlacementStrategy>& strategies,
                                    const TaskDefinition* definition = nullptr);

/// What placement charges for a task (ecs.md 1.5).
Demand demand_of(const TaskDefinition& definition);
/// Takes the demand from the instance, and adds the group's task; checks that nothing is oversold.
void reserve(ContainerInstance& instance, const Demand& demand, std::string_view group);
/// Gives CPU, memory, ports, ENI back. The group's task is counted until forget_task().
void release(ContainerInstance& instance, const Demand& demand);
void forget_task(ContainerInstance& instance, std::string_view group);

}  // namespace steady::ecs

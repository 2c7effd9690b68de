#include "sim/cloud/ecs/placement/plan.h"

#include <algorithm>

#include "sim/cloud/ecs/placement/fit.h"
#include "sim/core/check.h"

namespace steady::ecs {
namespace {

/// ecs.md 2.7 for services, 3.2 for standalone tasks.
std::vector<PlacementStrategy> default_strategies(bool for_service) {
  if (!for_service) return {{"random", ""}};
  return {{"spread", "attribute:ecs.availability-zone"}, {"spread", "instanceId"}};
}

constexpr std::uint64_t kConnectedBit = 1;
constexpr std::uint64_t kRunningBits = 0x1FFFFFFFEULL;

/// Attributes and tasks by their own marks, the rest as far as the constraints ask for it.
std::uint64_t mark_of(const ContainerInstance& instance, std::uint64_t state_mask) {
  const std::uint64_t state = (static_cast<std::uint64_t>(instance.running_tasks) << 1) |
                              (instance.agent_connected ? kConnectedBit : 0);
  return instance.attributes.mark() + instance.tasks_by_group.mark() * 0x9E3779B97F4A7C15ULL +
         (state & state_mask) * 0xBF58476D1CE4E5B9ULL;
}

}  // namespace

Plan::Plan(const PlacementRequest& request)
    : group_(request.group),
      own_constraints_(request.constraints),
      given_strategies_(request.strategies),
      for_service_(request.for_service) {
  if (request.definition != nullptr) {
    definition_constraints_ = request.definition->constraints;
    requires_attributes_ = request.definition->requires_attributes;
  }
  for (const auto* list : {&own_constraints_, &definition_constraints_}) {
    for (const auto& constraint : *list) {
      auto made = make_constraint(constraint);
      STEADY_CHECK(made.has_value(),
                   "a bad placement constraint was accepted: " + made.error().message);
      constraints_.push_back(std::move(made).value());
    }
  }
  const auto& strategies =
      given_strategies_.empty() ? default_strategies(for_service_) : given_strategies_;
  for (const auto& strategy : strategies) {
    auto made = make_strategy(strategy);
    STEADY_CHECK(made.has_value(),
                 "a bad placement strategy was accepted: " + made.error().message);
    strategies_.push_back(std::move(made).value());
  }
  unsigned facts = 0;
  for (const auto& constraint : constraints_) facts |= constraint->depends_on();
  if ((facts & Query::kAgentConnected) != 0) state_mask_ |= kConnectedBit;
  if ((facts & Query::kRunningTasks) != 0) state_mask_ |= kRunningBits;
  ask_each_time_ = (facts & Query::kIdentity) != 0;
}

bool Plan::serves(const PlacementRequest& request) const {
  static const std::vector<PlacementConstraint> kNoConstraints;
  static const std::vector<std::pair<std::string, std::string>> kNoAttributes;
  const TaskDefinition* definition = request.definition;
  return group_ == request.group && for_service_ == request.for_service &&
         own_constraints_ == request.constraints && given_strategies_ == request.strategies &&
         definition_constraints_ == (definition ? definition->constraints : kNoConstraints) &&
         requires_attributes_ == (definition ? definition->requires_attributes : kNoAttributes);
}

bool Plan::admits_by_attributes(const PlacementRequest& request,
                                const ContainerInstance& instance) const {
  if (request.definition != nullptr && !has_attributes(*request.definition, instance)) return false;
  return std::ranges::all_of(constraints_, [&](const auto& constraint) {
    return constraint->depends_on() != Query::kAttributes || constraint->admits(instance, 0);
  });
}

bool Plan::admits_by_state(const ContainerInstance& instance, int tasks) const {
  return std::ranges::all_of(constraints_, [&](const auto& constraint) {
    return constraint->depends_on() == Query::kAttributes || constraint->admits(instance, tasks);
  });
}

void Plan::look(std::size_t slot, const PlacementRequest& request,
                const ContainerInstance& instance, bool first) {
  const int tasks = instance.tasks_by_group.of(group_);
  const bool other_attributes = first || attribute_marks_[slot] != instance.attributes.mark();
  marks_[slot] = mark_of(instance, state_mask_);
  if (other_attributes) {
    attribute_marks_[slot] = instance.attributes.mark();
    admitted_by_attributes_[slot] = admits_by_attributes(request, instance) ? 1 : 0;
  }
  admitted_[slot] =
      admitted_by_attributes_[slot] != 0 && (ask_each_time_ || admits_by_state(instance, tasks))
          ? 1
          : 0;
  if (!other_attributes && tasks_[slot] == tasks) return;
  tasks_[slot] = tasks;
  for (const auto& strategy : strategies_) strategy->look(slot, &instance, tasks);
}

void Plan::set_size(std::size_t size, const PlacementRequest& request,
                    std::span<ContainerInstance* const> instances) {
  const std::size_t known = marks_.size();
  for (std::size_t slot = size; slot < known; ++slot) {
    for (const auto& strategy : strategies_) strategy->look(slot, nullptr, 0);
  }
  marks_.resize(size);
  admitted_.resize(size);
  tasks_.resize(size);
  attribute_marks_.resize(size);
  admitted_by_attributes_.resize(size);
  for (std::size_t slot = known; slot < size; ++slot) look(slot, request, *instances[slot], true);
}

std::vector<std::uint32_t>& Plan::fitting(const PlacementRequest& request,
                                          std::span<ContainerInstance* const> instances) {
  if (instances.empty()) {
    fitting_.clear();
    return fitting_;
  }
  if (marks_.size() != instances.size()) set_size(instances.size(), request, instances);
  fitting_.resize(instances.size());
  const Demand& demand = request.demand;
  const int cpu = demand.cpu, memory = demand.memory, gpus = demand.gpus, enis = demand.eni ? 1 : 0;
  const bool more_to_ask = ask_each_time_ || !request.zones.empty() || !demand.tcp_ports.empty() ||
                           !demand.udp_ports.empty();
  // look() never moves these.
  const std::uint64_t* const marks = marks_.data();
  const std::uint8_t* const admitted = admitted_.data();
  std::uint32_t* const fitting = fitting_.data();
  const std::uint64_t state_mask = state_mask_;
  const std::size_t last = instances.size() - 1;
  std::size_t found = 0;
  for (std::size_t slot = 0; slot <= last; ++slot) {
    // Instances lie scattered: without this, the wait for memory is most of the time.
    __builtin_prefetch(&instances[std::min(slot + 12, last)]->cpu_left);
    const ContainerInstance& instance = *instances[slot];
    if (marks[slot] != mark_of(instance, state_mask)) look(slot, request, instance, false);
    // Here it is enough to know that some test fails, so none is skipped: a jump that cannot be
    // foreseen costs more than all of them.
    unsigned fits = admitted[slot];
    fits &= instance.cpu_left >= cpu ? 1U : 0U;
    fits &= instance.memory_left >= memory ? 1U : 0U;
    fits &= instance.enis_left >= enis ? 1U : 0U;
    fits &= instance.gpus_left >= gpus ? 1U : 0U;
    fits &= instance.status == InstanceStatus::kActive ? 1U : 0U;
    fits &= instance.agent_connected ? 1U : 0U;
    if (more_to_ask && fits != 0) {
      fits = ports_free(demand, instance) && lies_in(request.zones, instance) &&
                     (!ask_each_time_ || admits_by_state(instance, tasks_[slot]))
                 ? 1
                 : 0;
    }
    fitting[found] = static_cast<std::uint32_t>(slot);
    found += fits;
  }
  fitting_.resize(found);
  return fitting_;
}

std::uint32_t Plan::best(std::vector<std::uint32_t>& slots,
                         std::span<ContainerInstance* const> instances, const RandomStream& stream,
                         std::uint64_t entity) const {
  const SlotsView view{instances, tasks_};
  std::uint32_t number = 0;
  for (const auto& strategy : strategies_) {
    if (slots.size() == 1) break;
    strategy->keep_best(slots, view, Draw{stream, entity, number++});
  }
  if (slots.size() == 1) return slots.front();
  return slots[Draw{stream, entity, number}.below(slots.size())];
}

}  // namespace steady::ecs

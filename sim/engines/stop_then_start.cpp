#include "sim/engines/deploy_engine.h"

namespace steady::engines {
namespace {

/// The bad example: stop everything, then start the new revision. What it costs is the gap between.
class StopThenStart final : public DeployEngine {
 public:
  explicit StopThenStart(EngineOptions& options)
      : cluster_(options.text("cluster", "")),
        service_(options.text("service")),
        definition_(options.text("taskDefinition")),
        at_most_(options.duration("atMost", std::chrono::minutes{30})),
        revision_(options.revision) {}

  Task<Verdict> deploy(Cloud& cloud) override {
    if (revision_) {
      auto registered = cloud.api().ecs().register_task_definition(*revision_);
      if (!registered)
        co_return Verdict{false, "the revision was refused: " + registered.error().message};
    }
    const int desired = describe(cloud).desired_count;
    if (auto stopped = scale(cloud, 0); !stopped) co_return Verdict{false, stopped.error().message};
    cloud.tell("stop", std::to_string(desired) + " tasks of " + service_);
    std::function<bool()> is_empty = [&] { return describe(cloud).running_count == 0; };
    const bool empty = co_await cloud.until(std::move(is_empty), std::chrono::seconds{5}, at_most_);
    if (!empty) co_return Verdict{false, "the old tasks did not stop"};

    api::ecs::UpdateServiceInput update;
    update.cluster = cluster_;
    update.service = service_;
    update.task_definition = definition_;
    update.desired_count = desired;
    if (auto started = cloud.api().ecs().update_service(update); !started)
      co_return Verdict{false, started.error().message};
    cloud.tell("start", std::to_string(desired) + " tasks of " + definition_);
    std::function<bool()> is_running = [&] {
      const auto now = describe(cloud);
      return now.deployments.size() == 1 && now.running_count == desired;
    };
    const bool running =
        co_await cloud.until(std::move(is_running), std::chrono::seconds{15}, at_most_);
    co_return running ? Verdict{true, definition_ + " runs"}
                      : Verdict{false, "the new tasks did not start"};
  }

 private:
  Result<api::ecs::ServiceOutput> scale(Cloud& cloud, int desired) {
    api::ecs::UpdateServiceInput update;
    update.cluster = cluster_;
    update.service = service_;
    update.desired_count = desired;
    return cloud.api().ecs().update_service(update);
  }
  api::ecs::ServiceShape describe(Cloud& cloud) {
    api::ecs::DescribeServicesInput input;
    input.cluster = cluster_;
    input.services = {service_};
    auto described = cloud.api().ecs().describe_services(input);
    return described && !described->services.empty() ? described->services.front()
                                                     : api::ecs::ServiceShape{};
  }
  std::string cluster_, service_, definition_;
  SimDuration at_most_;
  std::optional<api::ecs::RegisterTaskDefinitionInput> revision_;
};

}  // namespace

std::unique_ptr<DeployEngine> make_stop_then_start(EngineOptions& options) {
  return std::make_unique<StopThenStart>(options);
}

}  // namespace steady::engines

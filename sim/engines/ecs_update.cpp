#include "sim/engines/deploy_engine.h"

namespace steady::engines {
namespace {

/// The ECS way: register the revision, update the service, wait for it to be stable as AWS's own
/// waiter does, and then look whether what runs is what was asked for (ecs.md 7.6: the waiter alone
/// does not say).
class EcsUpdate final : public DeployEngine {
 public:
  explicit EcsUpdate(EngineOptions& options)
      : cluster_(options.text("cluster", "")),
        service_(options.text("service")),
        definition_(options.text("taskDefinition")),
        force_(options.flag("forceNewDeployment", false)),
        at_most_(options.duration("atMost", std::chrono::hours{24})),
        revision_(options.revision) {}

  Task<Verdict> deploy(Cloud& cloud) override {
    if (revision_) {
      auto registered = cloud.api().ecs().register_task_definition(*revision_);
      if (!registered)
        co_return Verdict{false, "the revision was refused: " + registered.error().message};
      cloud.tell("register", definition_);
    }
    api::ecs::UpdateServiceInput update;
    update.cluster = cluster_;
    update.service = service_;
    update.task_definition = definition_;
    update.force_new_deployment = force_;
    auto updated = cloud.api().ecs().update_service(update);
    if (!updated) co_return Verdict{false, "UpdateService was refused: " + updated.error().message};
    const std::string mine = updated->service.deployments.front().id;
    cloud.tell("update", service_ + " to " + definition_);

    // aws ecs wait services-stable: one deployment, and as many tasks running as desired; every 15
    // s.
    std::function<bool()> settled = [&] { return is_stable(cloud); };
    const bool stable =
        co_await cloud.until(std::move(settled), std::chrono::seconds{15}, at_most_);
    if (!stable) co_return Verdict{false, "not stable after " + format_duration(at_most_)};
    cloud.tell("stable", service_);

    // Stable after a rollback, too: only the deployment that was made tells whether it was this
    // one.
    const auto now = describe(cloud);
    if (now.deployments.empty() || now.deployments.front().id != mine) {
      co_return Verdict{false, "rolled back to " +
                                   now.task_definition.substr(now.task_definition.rfind('/') + 1)};
    }
    co_return Verdict{true, definition_ + " serves"};
  }

 private:
  api::ecs::ServiceShape describe(Cloud& cloud) {
    api::ecs::DescribeServicesInput input;
    input.cluster = cluster_;
    input.services = {service_};
    auto described = cloud.api().ecs().describe_services(input);
    return described && !described->services.empty() ? described->services.front()
                                                     : api::ecs::ServiceShape{};
  }
  bool is_stable(Cloud& cloud) {
    const auto service = describe(cloud);
    return service.deployments.size() == 1 && service.running_count == service.desired_count;
  }
  std::string cluster_, service_, definition_;
  bool force_;
  SimDuration at_most_;
  std::optional<api::ecs::RegisterTaskDefinitionInput> revision_;
};

}  // namespace

std::unique_ptr<DeployEngine> make_ecs_update(EngineOptions& options) {
  return std::make_unique<EcsUpdate>(options);
}

}  // namespace steady::engines

#include <algorithm>

#include "harness/aws/codec.h"
#include "harness/aws/limits.h"
#include "harness/aws/spelling.h"
#include "harness/aws/visitor.h"
#include "sim/core/nearest.h"
#include "sim/world/world.h"

namespace steady::aws {
namespace {

struct Entry {
  std::string_view service, name;
  Result<Json> (*run)(api::CloudApi&, const Json&);
  void (*check)(const Json&, const std::string&, json::Findings&);
};

/// Findings of an input as AWS's one error.
Error rejected(const json::Findings& findings, bool ecs) {
  std::string message;
  for (const auto& finding : findings.all()) {
    message += (message.empty() ? "" : "; ") + finding.pointer + ": " + finding.message;
  }
  return {ecs ? "InvalidParameterException" : "ValidationError", message};
}

/// What AWS requires, short forms spelt out.
void required(std::string_view service, std::string_view action, std::string_view shape, Json input,
              const std::string& pointer, json::Findings& findings) {
  spell_out(shape, input);
  if (input.is_object() && input.contains("forward"))
    input["DefaultActions"] = input["Actions"] = input["forward"];
  check_required(service, action, input, pointer, findings);
}

api::EcsApi& door_ecs(api::CloudApi& api) { return api.ecs(); }
api::ElbApi& door_elb(api::CloudApi& api) { return api.elb(); }
api::Elbv2Api& door_elbv2(api::CloudApi& api) { return api.elbv2(); }
api::Ec2Api& door_ec2(api::CloudApi& api) { return api.ec2(); }
api::AutoScalingApi& door_autoscaling(api::CloudApi& api) { return api.auto_scaling(); }

constexpr Entry kEntries[] = {
#define ACTION(service, name, function, input, output)                                          \
  {#service, #name,                                                                             \
   [](api::CloudApi& api, const Json& value) -> Result<Json> {                                  \
     api::service::input in;                                                                    \
     json::Findings findings;                                                                   \
     decode(value, "", findings, in, Door::kScenario);                                          \
     required(#service, #name, api::service::input::kShape, value, "", findings);               \
     if (findings.has_errors()) return rejected(findings, std::string_view(#service) == "ecs"); \
     auto out = door_##service(api).function(in);                                               \
     if (!out) return out.error();                                                              \
     return encode(*out, api.world().settings().calendar);                                      \
   },                                                                                           \
   [](const Json& value, const std::string& pointer, json::Findings& findings) {                \
     api::service::input in;                                                                    \
     decode(value, pointer, findings, in, Door::kScenario);                                     \
     required(#service, #name, api::service::input::kShape, value, pointer, findings);          \
   }},
#include "sim/api/actions.def"
#undef ACTION
};

/// Actions that AWS has and a later version will: named, so that the message is not "unknown".
constexpr std::string_view kLater[] = {"CreateCapacityProvider",
                                       "PutClusterCapacityProviders",
                                       "CreateTaskSet",
                                       "UpdateTaskSet",
                                       "DeleteTaskSet",
                                       "DescribeTaskSets",
                                       "UpdateServicePrimaryTaskSet",
                                       "UpdateTaskProtection",
                                       "GetTaskProtection",
                                       "StopServiceDeployment",
                                       "DescribeServiceDeployments",
                                       "DescribeServiceRevisions",
                                       "ListServiceDeployments",
                                       "PutScalingPolicy",
                                       "PutLifecycleHook",
                                       "CompleteLifecycleAction",
                                       "StartInstanceRefresh",
                                       "RegisterScalableTarget",
                                       "CreateDeployment",
                                       "PutMetricAlarm",
                                       "DeleteTaskDefinitions",
                                       "UpdateCluster",
                                       "TagResource",
                                       "UntagResource",
                                       "ListTagsForResource"};

/// "elb:CreateLoadBalancer" names the service; else a Classic input is told by its own member.
Result<const Entry*> find(std::string_view action, const Json& input) {
  std::string_view service;
  std::string_view name = action;
  if (const auto colon = action.find(':'); colon != std::string_view::npos) {
    service = action.substr(0, colon);
    name = action.substr(colon + 1);
  }
  const Entry* found = nullptr;
  for (const auto& entry : kEntries) {
    if (entry.name != name || (!service.empty() && entry.service != service)) continue;
    const bool classic_input = input.is_object() && (input.contains("LoadBalancerName") ||
                                                     input.contains("LoadBalancerNames"));
    if (found == nullptr || (service.empty() && (entry.service == "elb") == classic_input))
      found = &entry;
  }
  if (found != nullptr) return found;
  if (std::ranges::find(kLater, name) != std::end(kLater)) {
    return Error{"NotModelledYet", "the action " + std::string(name) + " is not modelled yet"};
  }
  const std::string nearest = nearest_name(name, action_names());
  return Error{"InvalidAction", "there is no action '" + std::string(action) + "'" +
                                    (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")};
}

}  // namespace

std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (const auto& entry : kEntries) {
    if (std::ranges::find(names, entry.name) == names.end()) names.emplace_back(entry.name);
  }
  return names;
}

bool takes_name_or_arn(std::string_view member) {
  static constexpr std::string_view kMembers[] = {"cluster",
                                                  "clusters",
                                                  "service",
                                                  "services",
                                                  "serviceName",
                                                  "task",
                                                  "tasks",
                                                  "taskDefinition",
                                                  "containerInstance",
                                                  "containerInstances",
                                                  "targetGroup",
                                                  "targetId",
                                                  "TargetGroupARNs",
                                                  "forward"};
  return member.ends_with("Arn") || member.ends_with("Arns") ||
         std::ranges::find(kMembers, member) != std::end(kMembers);
}

std::string name_of_arn(std::string_view text) {
  if (!text.starts_with("arn:")) return std::string(text);
  // arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID and loadbalancer/app/NAME/ID,
  // loadbalancer/net/NAME/ID
  const auto group = text.find(":targetgroup/");
  if (group != std::string_view::npos) {
    const auto name = text.substr(group + 13);
    return std::string(name.substr(0, name.find('/')));
  }
  for (const std::string_view kind : {":loadbalancer/app/", ":loadbalancer/net/"}) {
    const auto balancer = text.find(kind);
    if (balancer == std::string_view::npos) continue;
    const auto name = text.substr(balancer + kind.size());
    return std::string(name.substr(0, name.find('/')));
  }
  if (text.find(":listener") != std::string_view::npos) return std::string(text);
  const auto slash = text.rfind('/');
  return std::string(slash == std::string_view::npos ? text : text.substr(slash + 1));
}

Result<Json> call(api::CloudApi& api, std::string_view action, const Json& input) {
  const auto entry = find(action, input);
  if (!entry) return entry.error();
  return (*entry)->run(api, input);
}

void check_call(std::string_view action, const Json& input, const std::string& pointer,
                json::Findings& findings) {
  const auto entry = find(action, input);
  if (!entry) {
    findings.error(entry.error().code == "NotModelledYet" ? "E1102" : "E1210", pointer,
                   entry.error().message);
    return;
  }
  (*entry)->check(input, pointer, findings);
}

// What the scenario loader reads.
template void decode(const Json&, const std::string&, json::Findings&,
                     api::ecs::RegisterTaskDefinitionInput&, Door);
template void decode(const Json&, const std::string&, json::Findings&,
                     api::ecs::CreateServiceInput&, Door);
template void decode(const Json&, const std::string&, json::Findings&,
                     api::elb::CreateLoadBalancerInput&, Door);
template void decode(const Json&, const std::string&, json::Findings&,
                     api::elbv2::CreateLoadBalancerInput&, Door);
template void decode(const Json&, const std::string&, json::Findings&, api::elbv2::TargetGroup&,
                     Door);
template void decode(const Json&, const std::string&, json::Findings&,
                     api::autoscaling::CreateGroupInput&, Door);
template void decode(const Json&, const std::string&, json::Findings&, api::elbv2::Listener&, Door);
template void decode(const Json&, const std::string&, json::Findings&, api::elbv2::Action&, Door);
template Json encode(const api::ecs::TaskDefinitionOutput&, const Calendar&);
template Json encode(const api::ecs::DescribeServicesOutput&, const Calendar&);

}  // namespace steady::aws

#pragma once

#include "sim/api/ecs/types/common.h"

/// What the List actions take and give (ecs.md 7.4).
namespace steady::api::ecs {

struct ListInput {
  static constexpr const char* kShape = "List";
  std::string cluster, service_name, family, family_prefix, desired_status, status, filter,
      started_by, container_instance, next_token;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListInput& x) {
  v("cluster", x.cluster);
  v("serviceName", x.service_name);
  v("family", x.family);
  v("familyPrefix", x.family_prefix);
  v("desiredStatus", x.desired_status);
  v("status", x.status);
  v("filter", x.filter);
  v("startedBy", x.started_by);
  v("containerInstance", x.container_instance);
  v("nextToken", x.next_token);
  v("maxResults", x.max_results);
}
/// The list's name on the wire differs by action: "taskArns", "serviceArns" ...
struct ListOutput {
  static constexpr const char* kShape = "List";
  const char* name = "arns";
  std::vector<std::string> arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListOutput& x) {
  v(x.name, x.arns);
  v("nextToken", x.next_token);
}

}  // namespace steady::api::ecs

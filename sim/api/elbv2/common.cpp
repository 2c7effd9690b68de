#include "sim/api/elbv2/common.h"

namespace steady::api::elbv2 {

Error invalid(std::string message) { return {"ValidationError", std::move(message)}; }

Error no_group() { return {"TargetGroupNotFound", "The specified target group does not exist."}; }
Error no_balancer() {
  return {"LoadBalancerNotFound", "The specified load balancer does not exist."};
}

}  // namespace steady::api::elbv2

#include "sim/api/elbv2/common.h"

#include <charconv>

namespace steady::api::elbv2 {

Error invalid(std::string message) { return {"ValidationError", std::move(message)}; }

Error no_group() { return {"TargetGroupNotFound", "The specified target group does not exist."}; }
Error no_balancer() {
  return {"LoadBalancerNotFound", "The specified load balancer does not exist."};
}

std::optional<int> whole(const std::string& text) {
  int number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace steady::api::elbv2

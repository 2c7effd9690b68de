#pragma once

#include <string_view>

namespace steady::ecs {

/// The name in an ARN ("arn:aws:ecs:...:service/main/web" gives "web"), or the name as it is.
inline std::string_view name_of(std::string_view name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) return name_or_arn;
  const auto slash = name_or_arn.rfind('/');
  return slash == std::string_view::npos ? name_or_arn : name_or_arn.substr(slash + 1);
}

}  // namespace steady::ecs

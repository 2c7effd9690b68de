#pragma once

#include <string>
#include <vector>

#include "sim/api/ecs/types.h"
#include "sim/core/result.h"

namespace steady::api::ecs {

/// One page of a list (ecs.md 7.4): `most` by default, the token is the index of the next item.
inline Result<ListOutput> page_of(const char* name, std::vector<std::string> all,
                                  const ListInput& input, int most) {
  const int limit = input.max_results.value_or(most);
  if (limit < 1 || limit > 100)
    return Error{"InvalidParameterException", "maxResults must be between 1 and 100."};
  std::size_t from = 0;
  for (const char c : input.next_token) {
    if (c < '0' || c > '9') return Error{"InvalidParameterException", "Invalid token."};
    from = from * 10 + static_cast<std::size_t>(c - '0');
  }
  ListOutput out;
  out.name = name;
  for (std::size_t i = from; i < all.size() && out.arns.size() < static_cast<std::size_t>(limit);
       ++i)
    out.arns.push_back(std::move(all[i]));
  if (from + out.arns.size() < all.size()) out.next_token = std::to_string(from + out.arns.size());
  return out;
}

}  // namespace steady::api::ecs

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steady {

/// The name among `known` that a person most probably meant, or "" when none is near: edit distance
/// with a transposition counted once, case ignored, at most a third of the length (at least 1).
/// Ties go to the earlier one.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace steady

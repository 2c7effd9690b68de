#pragma once

#include <nlohmann/json.hpp>

namespace steady {
/// JSON whose objects keep the order of the file, so that nothing depends on how keys sort or hash.
using Json = nlohmann::ordered_json;
}  // namespace steady

#include "sim/api/services.h"
#include "sim/core/journal_kinds.h"
#include "sim/world/world.h"

namespace steady::api {

void Door::note(const char* action, const Error* error, const std::string& subject) const {
  world.journal().add(world.now(), journal::kApiCall, action,
                      {{"outcome", error != nullptr ? error->code : "ok"},
                       {"message", error != nullptr ? error->message : ""},
                       {"request", subject},
                       {"by", caller}});
}

}  // namespace steady::api

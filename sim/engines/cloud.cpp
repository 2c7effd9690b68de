#include "sim/engines/cloud.h"

#include "sim/core/journal_kinds.h"
#include "sim/world/world.h"

namespace steady::engines {

Cloud::Cloud(world::World& world, std::string engine)
    : world_(world), api_(world), engine_(std::move(engine)) {
  api_.as("engine:" + engine_);
}

SimTime Cloud::now() const { return world_.now(); }

void Cloud::wake_after(SimDuration delay, std::coroutine_handle<> waiting) {
  world_.loop().after(delay, "engine wakes", [waiting] { waiting.resume(); });
}

Task<bool> Cloud::until(std::function<bool()> condition, SimDuration every, SimDuration at_most) {
  const SimTime deadline = now() + at_most;
  while (!condition()) {
    if (now() + every > deadline) co_return false;
    co_await sleep(every);
  }
  co_return true;
}

dataplane::Page Cloud::get(std::string_view load_balancer, std::uint16_t port) {
  return world_.data_plane().get(load_balancer, port);
}

int Cloud::probe(std::string_view instance, std::uint16_t port) {
  auto& fleet = world_.fleet();
  return fleet.check(fleet.endpoint(fleet.host(instance), port)).status;
}

void Cloud::tell(std::string_view step, std::string detail) {
  world_.journal().add(now(), journal::kDeploy, engine_,
                       {{"step", std::string(step)}, {"detail", std::move(detail)}});
}

}  // namespace steady::engines

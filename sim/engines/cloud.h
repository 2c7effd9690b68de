#pragma once

#include <coroutine>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/api/cloud_api.h"
#include "sim/core/event_loop.h"
#include "sim/dataplane/data_plane.h"
#include "sim/engines/task.h"

namespace steady::world {
class World;
}

namespace steady::engines {

/// What a deploy engine sees: the cloud's API, the time, and what any client can reach over HTTP.
/// Nothing else: a user's own engine in ten lines can do all that ours do.
class Cloud {
 public:
  Cloud(world::World& world, std::string engine);

  /// The API, as the caller "engine:NAME".
  api::CloudApi& api() { return api_; }
  SimTime now() const;

  /// `co_await cloud.sleep(10s)`.
  auto sleep(SimDuration delay) { return Sleep{*this, delay}; }

  /// `co_await cloud.until(condition, every, at_most)`: asks at once and then every `every`; false
  /// when `at_most` has passed without the condition. Name the condition before you await: GCC 12
  /// destroys temporaries of an awaited call twice.
  Task<bool> until(std::function<bool()> condition, SimDuration every, SimDuration at_most);

  /// What a browser gets from a load balancer now; not one of the counted requests.
  dataplane::Page get(std::string_view load_balancer, std::uint16_t port = 0);
  /// The HTTP status of a request straight to an instance's port now; 0 when nobody answers.
  int probe(std::string_view instance, std::uint16_t port);

  /// A line of the engine's story, for the journal and the summary.
  void tell(std::string_view step, std::string detail);
  const std::string& engine() const { return engine_; }

 private:
  struct Sleep {
    Cloud& cloud;
    SimDuration delay;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { cloud.wake_after(delay, waiting); }
    void await_resume() const noexcept {}
  };
  void wake_after(SimDuration delay, std::coroutine_handle<> waiting);

  world::World& world_;
  api::CloudApi api_;
  std::string engine_;
};

}  // namespace steady::engines

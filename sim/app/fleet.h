#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/app_model.h"
#include "sim/app/dependencies.h"
#include "sim/app/request_plane.h"
#include "sim/core/event_loop.h"
#include "sim/core/journal.h"
#include "sim/core/random.h"

namespace steady::app {

enum class ProcessState : std::uint8_t {
  kNotReady,  ///< Up, but does not answer yet: connections are refused.
  kReady,     ///< Answers.
  kStopping,  ///< Got SIGTERM and finishes: new connections are refused.
  kGone,      ///< Ended.
};

/// How an attempt to reach an endpoint begins.
enum class Reach : std::uint8_t {
  kProcess,    ///< A process accepts connections.
  kRefused,    ///< The host answers with a reset: nobody listens.
  kBlackHole,  ///< Nobody answers at all: the address is gone.
};

/// The answer to one health check.
struct CheckAnswer {
  Reach reach = Reach::kRefused;
  int status = 0;        ///< 200, 503 ...; 0 without an answer.
  SimDuration after{0};  ///< Time until the answer.
};

struct Process {
  const AppModel* model = nullptr;
  std::uint64_t entity = 0;  ///< Key of its random draws.
  ProcessState state = ProcessState::kNotReady;
  EndpointId endpoint = 0;
  std::string owner;  ///< Task id or instance id, for the journal and for causes.
  SimTime running_at{}, ready_at = kNever, healthy_until = kNever;
  std::int64_t speed = kFullSpeed;  ///< 0: it stands still
  /// While it stands still: until when as far as is known, and how fast it goes on then.
  SimTime stands_until{};
  std::int64_t speed_after = kFullSpeed;
  std::int64_t memory_limit = 0;  ///< in bytes; 0: none
  bool out_of_memory = false;     ///< that ended it
  SimTime stopping_at = kNever;   ///< From then on it closes connections that rest.
  SimTime gone_at = kNever;
  bool vanished = false;  ///< It went with its machine: nobody was told.
};

/// All processes and the addresses at which they listen. ECS's agent and EC2 start and stop
/// processes here; load balancers look up endpoints; nobody here knows what a task is.
class Fleet {
 public:
  /// Called when a process has ended by itself or after SIGTERM (not after kill()).
  using OnExit = std::function<void(ProcessId, int exit_code)>;

  Fleet(EventLoop& loop, RandomSource random, Journal& journal);
  /// The request plane is made after the fleet; it must be set before the first launch.
  void attach(RequestPlane& plane) { plane_ = &plane; }
  /// Asked by checks of kSchema apps: does the app find all its columns now?
  void set_schema_probe(std::function<bool(const AppModel&)> probe) {
    schema_probe_ = std::move(probe);
  }

  /// The address with this name ("i-0abc...", "10.0.1.17"); made, reachable, when it is new.
  HostId host(std::string_view name);
  const std::string& host_name(HostId host) const;
  /// From now on nobody answers at this address (terminated, network interface removed). Processes
  /// on it are killed first: their requests are lost with `cut`.
  void host_gone(HostId host, Cut cut);
  EndpointId endpoint(HostId host, std::uint16_t port);
  std::string endpoint_name(EndpointId endpoint) const;  ///< "i-0abc...:32768"

  /// A process begins at `endpoint` (RUNNING now). Its readiness, exit and sickness follow the
  /// model; draws are keyed by `entity`. `model` must outlive the run.
  ProcessId launch(const AppModel& model, EndpointId endpoint, std::string owner,
                   std::uint64_t entity, OnExit on_exit);
  /// SIGTERM: reacts as the model says; on_exit is called when it ends (with code 0; 143 for
  /// kExit).
  void sigterm(ProcessId process);
  /// SIGKILL, or the machine under it is lost. No on_exit.
  void kill(ProcessId process, Cut cut);

  /// A fault: the process ends by itself now with this code; on_exit is called.
  void crash(ProcessId process, int exit_code);

  /// Something slows a process down to so many millionths of its speed, 0 to a standstill, as far
  /// as is known until `until`; several multiply. Its requests are revised from now on. The number
  /// takes the slowdown away again.
  std::uint64_t slow_down(ProcessId process, std::int64_t speed, SimTime until);
  void change_slowdown(ProcessId process, std::uint64_t number, std::int64_t speed);
  void end_slowdown(ProcessId process, std::uint64_t number);
  /// Called when a process has become ready or has ended.
  void on_state(std::function<void(ProcessId)> observer) { on_state_ = std::move(observer); }

  /// The process may have so many bytes from now on; see AppModel::memory for what it takes.
  void limit_memory(ProcessId process, std::int64_t bytes);
  /// Processes whose memory grows towards a limit, in order of their start.
  const std::vector<ProcessId>& growing() const { return growing_; }
  /// When a process has more than it may if it takes no more requests; kNever for never, the past
  /// when it has already.
  SimTime memory_full_at(ProcessId process, std::uint64_t requests) const;
  /// The kernel kills it (exit code 137, ecs.md 1.5); on_exit is called.
  void out_of_memory(ProcessId process);

  Dependencies& dependencies() { return dependencies_; }
  const Dependencies& dependencies() const { return dependencies_; }

  Reach reach(EndpointId endpoint) const {
    const Endpoint& place = endpoints_[endpoint];
    if (hosts_[place.host].gone) return Reach::kBlackHole;
    if (place.process == kNone) return Reach::kRefused;
    return processes_[place.process].state == ProcessState::kReady ? Reach::kProcess
                                                                   : Reach::kRefused;
  }
  /// The process listening there, ready or not; valid only when one is bound.
  const Process* process_at(EndpointId endpoint) const;
  ProcessId process_id_at(EndpointId endpoint) const { return endpoints_[endpoint].process; }
  const Process& process(ProcessId id) const { return processes_[id]; }
  std::size_t process_count() const { return processes_.size(); }
  /// How often something changed that reach() may tell.
  std::uint64_t changes() const { return changes_; }

  /// One health check sent now.
  CheckAnswer check(EndpointId endpoint) const;

  static constexpr ProcessId kNone = 0xFFFFFFFFU;

 private:
  struct Endpoint {
    HostId host;
    std::uint16_t port;
    ProcessId process = kNone;
  };
  struct Host {
    std::string name;
    bool gone = false;
  };
  /// What goes on in a process beside its requests, and depends on its speed.
  struct Slowdown {
    std::uint64_t number;
    std::int64_t speed;
    SimTime until;
  };
  struct Pace {
    std::vector<Slowdown> slowdowns;
    std::int64_t startup_left = 0;  ///< work until it is ready, in nanoseconds at full speed
    SimTime since{};                ///< when that was
    std::optional<EventLoop::Handle> ready, finish, pause;
    bool told_to_end = false;  ///< SIGTERM waits until it moves again
  };
  void become_ready(ProcessId id);
  void plan_ready(ProcessId id);
  void plan_finish(ProcessId id);
  void find_speed(ProcessId id);
  void plan_pause(ProcessId id, std::uint32_t which);
  void ended(ProcessId id, int exit_code, std::string_view why);

  EventLoop& loop_;
  RandomStream stream_;
  Journal& journal_;
  RequestPlane* plane_ = nullptr;
  std::uint64_t changes_ = 0;
  std::function<bool(const AppModel&)> schema_probe_;
  std::function<void(ProcessId)> on_state_;
  std::vector<Process> processes_;
  std::vector<OnExit> on_exit_;
  std::vector<std::vector<EventLoop::Handle>> timers_;
  std::vector<Pace> paces_;
  std::uint64_t slowdowns_made_ = 0;
  std::vector<ProcessId> growing_;
  Dependencies dependencies_;
  std::vector<Endpoint> endpoints_;
  std::vector<Host> hosts_;
  std::map<std::string, HostId, std::less<>> host_ids_;
  std::map<std::pair<HostId, std::uint16_t>, EndpointId> endpoint_ids_;
};

}  // namespace steady::app

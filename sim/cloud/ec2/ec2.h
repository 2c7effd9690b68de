#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/ec2/instance_type.h"
#include "sim/core/distribution.h"
#include "sim/core/event_loop.h"
#include "sim/core/ids.h"
#include "sim/core/journal.h"

namespace steady::ec2 {

enum class InstanceState : std::uint8_t { kPending, kRunning, kShuttingDown, kTerminated };
/// "pending", "running", "shutting-down", "terminated"
std::string_view name(InstanceState state);

/// What RunInstances or an Auto Scaling group's template asks for.
struct LaunchSpec {
  std::string instance_type = "m5.large";
  std::string image_id{};  ///< Machine image; its app (if it has one) starts at boot.
  std::string zone{};
  std::string cluster{};                        ///< ECS cluster that its agent joins; "" for none.
  std::string group{};                          ///< Auto Scaling group, "" for none.
  std::optional<int> cpu{}, memory{}, enis{};   ///< Overrides: ECS units, MiB, interfaces.
  Distribution boot{std::chrono::seconds{60}};  ///< pending to running
  /// running to ACTIVE container instance
  Distribution agent_registration{std::chrono::seconds{30}};
  std::map<std::string, std::string> attributes{};  ///< Custom ECS attributes.
  std::string agent_version = "1.105.1";
  std::optional<std::vector<int>> reserved_ports{};  ///< ECS_RESERVED_PORTS
  int reserved_memory = 0;                           ///< ECS_RESERVED_MEMORY, MiB
  std::string name_hint{};  ///< Alias by which a scenario may refer to it; "" is "i-1", "i-2" ...
};

struct Instance {
  std::string id;  ///< "i-0abc..."
  std::uint64_t ordinal = 0;
  LaunchSpec spec;
  InstanceState state = InstanceState::kPending;
  std::string state_reason;  ///< "Client.UserInitiatedShutdown", "Server.InternalError" ...
  SimTime launched_at{}, running_at = kNever, terminated_at = kNever;
  app::ProcessId process = app::Fleet::kNone;  ///< The image's own app, if any.
};

/// A machine image: which app an instance made from it runs by itself (the VM way).
struct Image {
  std::string id;  ///< As scenarios name it: "ami-web-2"; made by CreateImage: "ami-0abc..."
  std::string name;
  const app::AppModel* app = nullptr;  ///< nullptr: nothing listens.
};

/// A run of failing launches: "We currently do not have sufficient <type> capacity ..."
/// (ecs.md 5.4).
struct CapacityFault {
  std::string instance_type, zone;
};  ///< "" means any

/// EC2: instances and their lives. Instances that run an app of their own start it here.
///
/// An instance is pending for its boot time (drawn by its ordinal), then running: its own app is
/// launched at (its id, the app's port), and is not started again if it ends by itself. On
/// TerminateInstances the operating system shuts down: it is shutting-down, and every process on it
/// ends at once, without finishing its requests (resets; a new connection is refused). kShutdown
/// later it is terminated and its address goes dark.
class Ec2 {
 public:
  static constexpr SimDuration kShutdown{std::chrono::seconds{5}};  ///< assumed
  static constexpr int kMostPerCall = 1000;

  Ec2(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random,
      std::vector<std::string> zones);

  /// What run_instances would say of the spec, capacity left aside. A type that is not in the table
  /// is taken when the spec brings its own CPU and memory.
  Status validate(const LaunchSpec& spec) const;
  /// All or none. Without a zone: the one with the fewest instances that has capacity. Error codes
  /// InvalidParameterValue, InsufficientInstanceCapacity, InvalidAMIID.NotFound.
  Result<std::vector<std::string>> run_instances(const LaunchSpec& spec, int count);
  /// The instances that an earlier call with this client token made, nullptr when there was none;
  /// error IdempotentParameterMismatch when its parameters were others.
  Result<const std::vector<std::string>*> made_with(const std::string& token,
                                                    const std::string& parameters) const;
  void remember(const std::string& token, const std::string& parameters,
                std::vector<std::string> ids);
  /// running or pending -> shutting-down -> terminated; no error when it is on that way already;
  /// error InvalidInstanceID.NotFound.
  Status terminate(std::string_view id, std::string_view reason = "Client.UserInitiatedShutdown");
  /// A fault: the machine is lost now, without a word: its address goes dark (connections vanish,
  /// no reset arrives), state terminated. Error codes InvalidInstanceID.NotFound,
  /// IncorrectInstanceState.
  Status crash(std::string_view id);
  /// Begins `spec` already running at time 0 (scenarios begin in steady state): launched_at and
  /// running_at are both kStart, and its app is ready. The spec must be one that validate()
  /// accepts.
  std::string begin_running(const LaunchSpec& spec);

  /// The instance now belongs to this Auto Scaling group ("": to none).
  void set_group(std::string_view id, std::string_view group);

  void add_image(Image image);
  /// A machine image of what the instance runs; when the scenario has an image of this name, of
  /// that one's app (somebody installed it on the instance). Error codes
  /// InvalidInstanceID.NotFound, IncorrectInstanceState, InvalidAMIName.Duplicate.
  Result<std::string> create_image(std::string_view instance_id, std::string_view name);
  const Image* find_image(std::string_view id_or_name) const;
  std::vector<const Image*> images() const;

  /// By id or by the scenario's alias; nullptr when there is none.
  const Instance* find(std::string_view id_or_alias) const;
  std::vector<const Instance*> instances() const;  ///< in order of launch, terminated ones included
  const std::vector<std::string>& zones() const { return zones_; }

  void add_capacity_fault(const CapacityFault& fault);
  void remove_capacity_fault(const CapacityFault& fault);
  bool has_capacity(std::string_view type, std::string_view zone) const;
  /// AWS's sentence for a type that a zone has none of (ecs.md 5.4).
  std::string no_capacity_sentence(std::string_view type, std::string_view zone) const;

  struct Observer {
    std::function<void(const Instance&)> running, shutting_down, terminated;
  };
  void observe(Observer observer) { observers_.push_back(std::move(observer)); }

 private:
  Instance& add(const LaunchSpec& spec, InstanceState state);
  void become(Instance& instance, InstanceState state, bool at_rest = false);
  void write(const Instance& instance);
  void start_app(Instance& instance, bool at_rest);
  void kill_processes(const Instance& instance);
  Instance* find_mutable(std::string_view id_or_alias);
  std::string emptiest_zone(std::string_view type) const;
  EventLoop& loop_;
  app::Fleet& fleet_;
  Journal& journal_;
  IdSource& ids_;
  RandomStream boots_;
  std::map<std::string, std::string, std::less<>> images_made_;  ///< By CreateImage: name to id.
  struct TokenUse {
    std::string parameters;
    std::vector<std::string> ids;
  };
  std::map<std::string, TokenUse> tokens_;
  std::vector<std::string> zones_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::map<std::string, Instance*, std::less<>> by_name_;
  std::vector<std::unique_ptr<Image>> images_;           ///< In order; pointers to them stay good.
  std::vector<std::unique_ptr<app::AppModel>> at_rest_;  ///< Models of apps that were ready at 0.
  std::vector<CapacityFault> faults_;
  std::vector<Observer> observers_;
};

}  // namespace steady::ec2

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/simulation/run_record.h"
#include "sim/cloud/elb/beliefs.h"

namespace steady::report {

/// What surrounded one dropped request, read from the run's journal.
struct DropContext {
  std::string task, revision;  ///< of the process that took it; "" when none did
  std::string instance, zone;  ///< EC2 id and its zone; "" when no target was chosen
  std::string phase;           ///< "before", "after", or "during <deployment id>"
  std::string led_to_by;       ///< the last thing that happened to its target or task
  SimTime led_to_at{};
  // As they were when the request ended; all of closed lists (the user guide's ledger page).
  std::string task_state;   ///< lastStatus of the task behind its target; "" when none is known
  std::string connection;   ///< to the target
  std::string node_state;   ///< what its node believed of the target
  std::string who() const;  ///< "task ... of web:1", or the image alone
};

/// Finds the context of drops; reads the journal once.
class Drops {
 public:
  explicit Drops(const simulation::RunRecord& record);

  DropContext context(const dataplane::RequestRecord& drop) const;
  /// One thing that happened, and led to what stands before it.
  struct Link {
    SimTime at{};
    std::string what;
  };
  /// What led to the drop, and what led to that, as far as the journal knows: the nearest first.
  std::vector<Link> chain(const dataplane::RequestRecord& drop) const;
  /// One sentence that a person understands: who sent it, who had it, what ended it and why.
  std::string sentence(const dataplane::RequestRecord& drop, const DropContext& context) const;
  /// What happened to the target, its task and its machine in [from, to], oldest first.
  std::vector<std::pair<SimTime, std::string>> happened(const dataplane::RequestRecord& drop,
                                                        SimTime from, SimTime to) const;

  struct Share {
    std::string name;
    std::uint64_t count = 0;
  };
  /// All drops of the run by zone and by task (largest first); those that reached no process are
  /// under "none".
  std::vector<Share> by_zone() const;
  std::vector<Share> by_task() const;

 private:
  std::string owner(std::uint32_t process) const;
  /// Journal entries about the target, its task and its machine in [from, to], in their order.
  std::vector<std::size_t> entries_about(const dataplane::RequestRecord& drop, SimTime from,
                                         SimTime to) const;
  std::string host_of(const dataplane::RequestRecord& drop) const;
  /// The task behind the drop's target: that took it, or took the requests before.
  std::string task_behind(const dataplane::RequestRecord& drop) const;
  std::string task_state(const dataplane::RequestRecord& drop) const;
  std::string connection(const dataplane::RequestRecord& drop) const;
  std::string node_state(const dataplane::RequestRecord& drop) const;
  const JournalEntry* nearest(const dataplane::RequestRecord& drop) const;
  /// What people, engines or faults did at that very moment; nothing when nobody did anything.
  std::vector<const JournalEntry*> origin(SimTime at) const;

  const simulation::RunRecord& record_;
  /// Journal entries by what they are about: a target, a task, an instance.
  std::map<std::string, std::vector<std::size_t>, std::less<>> about_;
  /// Where each deployment began, and each deploy of an engine.
  std::map<std::string, std::size_t, std::less<>> deployments_;
  std::vector<std::size_t> deploys_;
  /// By target and node: what the node believed, from when on.
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::vector<elb::Belief>> beliefs_;
  std::map<std::string, std::string, std::less<>> owner_of_, zone_of_, instance_of_task_,
      revision_of_task_;
};

}  // namespace steady::report

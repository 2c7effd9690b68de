#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/simulation/run_record.h"

namespace steady::report {

/// What surrounded one dropped request, read from the run's journal.
struct DropContext {
  std::string task, revision;  ///< of the process that took it; "" when none did
  std::string instance, zone;  ///< EC2 id and its zone; "" when no target was chosen
  std::string phase;           ///< "before", "after", or "during <deployment id>"
  std::string led_to_by;       ///< the last thing that happened to its target or task
  SimTime led_to_at{};
  std::string who() const;  ///< "task ... of web:1", or the image alone
};

/// Finds the context of drops; reads the journal once.
class Drops {
 public:
  explicit Drops(const simulation::RunRecord& record);

  DropContext context(const dataplane::RequestRecord& drop) const;
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

  const simulation::RunRecord& record_;
  /// Journal entries by what they are about: a target, a task, an instance.
  std::map<std::string, std::vector<std::size_t>, std::less<>> about_;
  std::map<std::string, std::string, std::less<>> owner_of_, zone_of_, instance_of_task_,
      revision_of_task_;
};

}  // namespace steady::report

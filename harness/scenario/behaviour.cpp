#include "harness/scenario/parts.h"

namespace steady::scenario {

void read_behaviour(json::Reader& root, Scenario& scenario) {
  const Json* value = root.get("behaviour");
  if (value == nullptr) return;
  json::Reader reader(*value, root.pointer("behaviour"), root.findings(), "behaviour");
  std::string text;
  auto yes_no = [&](const char* key, bool& out, const std::string& yes, const std::string& no) {
    if (reader.read_choice(key, text, {yes, no})) out = text == yes;
  };
  if (reader.read_choice("stopOrder", text,
                         {"dereg_wait_full", "dereg_and_sigterm_together", "dereg_wait_inflight",
                          "sigterm_first"})) {
    scenario.ecs.stop_order = text == "dereg_wait_full" ? ecs::StopOrder::kDeregWaitFull
                              : text == "dereg_and_sigterm_together"
                                  ? ecs::StopOrder::kDeregAndSigtermTogether
                              : text == "dereg_wait_inflight" ? ecs::StopOrder::kDeregWaitInflight
                                                              : ecs::StopOrder::kSigtermFirst;
  }
  reader.read_duration("stopTaskDeregisterGap", scenario.ecs.stop_task_deregister_gap);
  yes_no("stoppingCountsTowardsMax", scenario.ecs.stopping_counts_towards_max, "yes", "no");
  yes_no("placementRetryWake", scenario.ecs.placement_retry_wake, "yes", "no");
  yes_no("exitAfterRunningCounts", scenario.ecs.exit_after_running_counts, "yes", "no");
  yes_no("bothPercentsHundred", scenario.ecs.both_percents_hundred_reject, "reject", "accept");
  yes_no("classicDrainWait", scenario.ecs.classic_drain_wait_full, "full", "out_of_service");
  reader.read_duration("schedulerPass", scenario.ecs.pass, 100ms, std::chrono::minutes{10});
  reader.read_distribution("eniAttach", scenario.ecs.eni_attach);
  reader.read_distribution("eniDetach", scenario.ecs.eni_detach);
  reader.read_duration("hostLostNotice", scenario.ecs.host_lost_notice);
  reader.read_distribution("deregisterPropagation", scenario.elb.deregister_propagation);
  reader.read_distribution("registerPropagation", scenario.elb.register_propagation);
  reader.read_distribution("networkDeregisterPropagation",
                           scenario.elb.network_deregister_propagation);
  reader.read_distribution("networkRegisterPropagation", scenario.elb.network_register_propagation);
  reader.read_distribution("networkUnhealthyPropagation",
                           scenario.elb.network_unhealthy_propagation);
  reader.read_distribution("rulePropagation", scenario.elb.rule_propagation);
  reader.read_distribution("classicRegistration", scenario.elb.classic_registration);
  reader.read("nodesPerZone", scenario.elb.nodes_per_zone, 1, 32);
  reader.read("classicConnectRetries", scenario.elb.classic_connect_retries, 0, 10);
  yes_no("firstCheck", scenario.elb.first_check_immediate, "immediate", "random_phase");
  // stories.md 2.2 writes this one as the number 1 or the word "configured".
  if (const Json* threshold = reader.get("initialSuccessThreshold")) {
    if (*threshold == "configured") {
      scenario.elb.initial_success_configured = true;
    } else if (*threshold != 1 && *threshold != "1") {
      reader.error("E1006", "initialSuccessThreshold",
                   threshold->dump() + " is not one of 1, \"configured\"");
    }
  }
  for (const char* later : {"alarmPreexisting", "firstStepFromZero", "warmupStarts"}) {
    if (reader.get(later) != nullptr)
      reader.error("E1102", later, std::string("'") + later + "' is not modelled yet",
                   "leave it out");
  }
  reader.finish();
}

}  // namespace steady::scenario

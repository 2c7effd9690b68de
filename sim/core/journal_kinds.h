#pragma once

#include <string_view>

/// The closed list of what a journal entry can be, with its fields. This is the contract between
/// the simulated world, which writes, and measures and reports, which read. Durations and times in
/// fields are whole nanoseconds in decimal; counts are decimal.
namespace steady::journal {

// subject: task id. fields: status (lastStatus), desired, service, cluster, deployment, definition
// ("web:2"), instance (EC2 id), containerInstance, health; where it applies: reason, stopCode,
// exitCode, never_ran ("yes" when it stopped without having been RUNNING).
inline constexpr std::string_view kTask = "task";
// subject: service name. fields: message (API form, ecs.md 4.1), id, and why (ours) where it helps.
inline constexpr std::string_view kServiceEvent = "service-event";
// subject: service name. fields: status, desired, definition, running, pending.
inline constexpr std::string_view kService = "service";
// subject: deployment id. fields: service, definition, status (PRIMARY, ACTIVE, INACTIVE), rollout
// (IN_PROGRESS, COMPLETED, FAILED or ""), reason, failedTasks, desired, rollback ("yes"/"").
inline constexpr std::string_view kDeployment = "deployment";
// subject: service name. fields: state (begin, end), missing (CPU, MEMORY, PORTS, ENI, ATTRIBUTE,
// AGENT, INSTANCES, CONSTRAINT).
inline constexpr std::string_view kPlacementStall = "placement-stall";
// subject: target ("i-...:32768", CLB: "i-..."). fields: group (target group or Classic name),
// state, reason, description (as events tell it), task definition behind it as version ("web:2" or
// an image id, "" if unknown).
inline constexpr std::string_view kTarget = "target";
// subject: target of a group with anomaly mitigation. fields: group, result (anomalous, normal),
// mitigation (yes, no); ended and failed: its attempts in the last 5 s, where they decided.
inline constexpr std::string_view kAnomaly = "anomaly";
// subject: EC2 instance id. fields: state, type, zone, group (Auto Scaling group or ""), image.
inline constexpr std::string_view kInstance = "instance";
// subject: container instance id. fields: status, agent (connected/disconnected), cluster,
// instance, cpu, memory (reserved), cpuTotal, memoryTotal, assumed ("memory" where the formula was
// used).
inline constexpr std::string_view kContainerInstance = "container-instance";
// subject: group name. fields: desired, inService, pending, activity.
inline constexpr std::string_view kAutoScaling = "auto-scaling";
// subject: action. fields: outcome (ok or the error code), message, request (short), by (timeline,
// engine:NAME, scheduler).
inline constexpr std::string_view kApiCall = "api";
// subject: step name (add, rename, ...). fields: state (begin, end), column, to, lock.
inline constexpr std::string_view kSchema = "schema";
// subject: service or "app". fields: state (possible, impossible), why.
inline constexpr std::string_view kRollbackPath = "rollback-path";
// subject: fault name. fields: state (begin, end), detail.
inline constexpr std::string_view kFault = "fault";
// subject: engine name. fields: step, verdict, detail. Steps: begin, ..., end.
inline constexpr std::string_view kDeploy = "deploy";
// subject: load balancer name. fields: zones and nodes: what its name answers with from now on.
inline constexpr std::string_view kDns = "dns";
// subject: load balancer name. fields: status, body, version, at (what a browser shows).
inline constexpr std::string_view kPage = "page";
// subject: revision or image. fields: process, state (start, ready, sigterm, exit, kill), task.
inline constexpr std::string_view kProcess = "process";

}  // namespace steady::journal

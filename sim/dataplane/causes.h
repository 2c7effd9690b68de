#pragma once

#include <string_view>

/// The closed list of what can end a request other than well; each text appears in reports as it
/// stands. What the control plane cuts brings its own literal (app::Cut), listed here too.
namespace steady::dataplane::causes {

// No target could be chosen. The balancer answers 503 at once (elb.md 1.10, 2.17).
inline constexpr std::string_view kNoLoadBalancer = "the load balancer does not exist";
inline constexpr std::string_view kNoWeight = "no target group of the rule has a weight";
// (NodeGroup::empty_because: "no registered target", "only draining targets left", ...)

// Proxies with health by failures (elb.md 6.3); nginx answers 502.
inline constexpr std::string_view kAllFailed = "every target failed just before";
inline constexpr std::string_view kNoTargetInZone = "no target in the zone of the node";
inline constexpr std::string_view kNoInstanceInZone = "no healthy instance in the zone of the node";

// The node of the load balancer is no more; the client holds an old DNS answer (elb.md 4.4).
inline constexpr std::string_view kNodeGone = "the node of the load balancer is gone";
// What was in flight there when it went: no status, the client's connection is closed.
inline constexpr std::string_view kNodeCloses =
    "the node of the load balancer closed its connections";

// The target refused the connection: a reset comes back, ALB 502, Classic 504 (elb.md 2.7, 1.10).
inline constexpr std::string_view kNobodyListens = "nobody listens at the target";
inline constexpr std::string_view kNotReady = "the process is not ready yet";
inline constexpr std::string_view kStopping = "the process is stopping and takes no new connection";
// Its backlog was full: shed at the door.
inline constexpr std::string_view kBacklogFull = "the backlog of the target is full";
// Classic: no instance had room, and so many waited at the node already (elb.md 1.9).
inline constexpr std::string_view kSurgeFull = "the surge queue of the load balancer is full";
inline constexpr std::string_view kSurgeTimeout =
    "no instance had room within the idle time-out of the load balancer";
// Nobody answers at the address at all: 504 after the connect time-out (elb.md 2.17).
inline constexpr std::string_view kBlackHole = "the address of the target is gone";
// No byte within the idle time-out: 504 (elb.md 2.7).
inline constexpr std::string_view kIdleTimeout =
    "no answer within the idle time-out of the load balancer";
// The client's patience ended first (460 in an ALB's log).
inline constexpr std::string_view kClientTimeout = "no answer within the time-out of the client";
// It never got as far as the balancer (elb.md 8.4: time-outs count from the intended sending).
inline constexpr std::string_view kNoConnection =
    "all connections of the client were busy until its time-out";
// Each answer led to another one (elb.md 2.11), and the client had followed enough of them.
inline constexpr std::string_view kTooManyRedirects = "too many redirects";
// The client's body stopped coming (elb.md 2.17: 408).
inline constexpr std::string_view kUploadStalled =
    "the client's body stopped for the idle time-out of the load balancer";
// An answer that was being read when somebody cut it; before the cut's own cause (product.md).
inline constexpr std::string_view kAnswerCut = "answer cut: ";
// The app closed the idle connection just as the balancer sent on it (elb.md 2.14).
inline constexpr std::string_view kKeepAliveRace = "keep-alive race";
// A flow through a Network load balancer rested, or waited for its answer, for too long: the next
// packet is answered with a reset, and an answer that comes late with nothing (elb.md 3.4).
inline constexpr std::string_view kFlowIdle =
    "the flow was idle for longer than the idle time-out of the load balancer";
// The app answered with an error of its own.
inline constexpr std::string_view kAppError = "the app answered 500";
// It had too much to do, and said so: as the request came, or when its turn came.
inline constexpr std::string_view kShed = "shed: too many requests wait in the app";
inline constexpr std::string_view kQueueTimeout = "shed: waited too long in the app";
// (call_others: "dependency db is down", "dependency db timed out", "dependency db failed")
// (Database::missing: "column removed by migration: x", "column never added: x")
// (app::Cut::cause: "connection draining is off", "drain timeout", "instance terminated", ...)

// Not failures: what the balancer answered by itself (elb.md 2.11; product.md: ok).
inline constexpr std::string_view kFixedResponse = "fixed response";
inline constexpr std::string_view kRedirect = "redirect";
// Nor these: a 404 is a complete answer (product.md), and an attempt that is given up for a better
// one is no request's end.
inline constexpr std::string_view kMissingAsset = "the app has no assets of that version";
inline constexpr std::string_view kOtherAttempt = "another attempt of the request was answered";

}  // namespace steady::dataplane::causes

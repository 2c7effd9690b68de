#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/load.h"
#include "sim/core/distribution.h"

namespace steady::app {

/// What a process does when it is told to end (SIGTERM).
enum class OnSigterm {
  kFinish,  ///< Takes no new connection, answers what it holds, exits.
  kExit,    ///< Exits at once; what it holds is reset.
  kIgnore,  ///< Goes on until SIGKILL.
};

/// How the process answers health checks.
enum class HealthMode {
  kIndependent,  ///< The check answers while the process is up and ready.
  kQueued,       ///< The check waits in the request queue like a request of no length.
  kSchema,       ///< Independent, but touches the database: fails while a column is missing.
};

/// The cookie with which an app knows a client again. Sessions are kept in the memory of the
/// process: one that did not set the client's cookie sets it anew.
struct AppCookie {
  std::string name{};
  SimDuration life = SimDuration::max();  ///< Then the client drops it; max(): with the browser.
};

/// How an app behaves: one per task definition revision ("web:2") or machine image ("ami-web-2").
struct AppModel {
  std::string revision{};  ///< The version under which its requests are counted.

  Distribution pull{};      ///< Image pull, before `startup`.
  bool pull_fails = false;  ///< CannotPullContainerError: the task never runs.
  Distribution startup{std::chrono::seconds{20}};  ///< After the pull, to RUNNING.
  bool crash_on_start = false;  ///< The container ends before it is RUNNING (TaskFailedToStart).
  Distribution ready_after{};   ///< From RUNNING until requests and checks are answered.
  Distribution service_time{std::chrono::milliseconds{100}};
  std::uint32_t concurrency = 100;       ///< Requests served at once.
  std::uint32_t backlog = 1000;          ///< Requests waiting for a worker; more are refused.
  std::uint32_t errors_per_million = 0;  ///< Share of requests answered with 500.
  bool errors_expected = false;          ///< The app's own errors do not count as dropped.
  bool never_healthy = false;  ///< Health checks answer 503 for ever; requests are served.
  std::optional<Distribution> healthy_for{};  ///< From ready; later checks answer 503.
  std::optional<Distribution> exit_after{};   ///< From RUNNING; the process ends by itself.
  int exit_code = 1;                          ///< Of exit_after and crash_on_start.
  /// The first requests of a process take `cold_factor` times as long (stories.md S23).
  std::uint64_t cold_requests = 0;
  std::int64_t cold_factor = 1;
  std::vector<Dependency> dependencies{};
  std::optional<Pauses> pauses{};
  std::optional<CpuWish> cpu{};
  std::optional<MemoryUse> memory{};
  /// So many wait, and the app answers 503 to whoever comes next.
  std::optional<std::uint32_t> shed_above{};
  /// Whoever has waited longer gets 503 when a worker takes it.
  std::optional<SimDuration> queue_timeout{};
  /// An idle connection is closed by the app after this time; a request that comes within
  /// `close_race` after it is lost (elb.md 2.14).
  SimDuration keep_alive{std::chrono::hours{24 * 365}};  ///< as a rule above any idle time-out
  SimDuration close_race{std::chrono::milliseconds{1}};
  OnSigterm on_sigterm = OnSigterm::kFinish;
  /// A hook that runs when the task is stopped, before SIGTERM and on its stop time-out's account
  /// (Kubernetes' preStop, elb.md 6.4).
  SimDuration pre_stop{0};
  /// At SIGTERM it closes its long connections itself (a WebSocket's close frame), unless it exits.
  bool closes_streams = false;
  std::optional<AppCookie> cookie{};  ///< None: its answers set no cookie.
  HealthMode health = HealthMode::kIndependent;
  std::vector<std::string> reads{};  ///< Columns; a request fails while one of them is missing.
  std::vector<std::string> writes{};
  /// Other revisions whose assets it has beside its own (traffic::PageLoad).
  std::vector<std::string> keeps_assets_of{};
  std::string page{};       ///< What GET / shows; "" means derived from the container's command.
  std::uint16_t port = 80;  ///< Where an instance's own app listens (machine images only).

  /// Its requests take their service time and are answered well, each like the other.
  bool is_simple() const {
    return errors_per_million == 0 && cold_requests == 0 && reads.empty() && writes.empty() &&
           dependencies.empty() && !pauses && !cpu && !memory && !shed_above && !queue_timeout;
  }
};

}  // namespace steady::app

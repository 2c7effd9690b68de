#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/http_request.h"
#include "sim/core/time.h"

/// What clients do that wait for answers, or do several things at a time.
namespace steady::traffic {

/// A random whole number, at least 1: a distribution in which a second stands for one, rounded up.
struct Count {
  Distribution seconds{SimDuration{1'000'000'000}};
  std::uint32_t most = 1'000'000;
  std::uint32_t sample(std::uint64_t bits) const {
    const std::int64_t whole = (seconds.sample(bits).count() + 999'999'999) / 1'000'000'000;
    if (whole < 1) return 1;
    return whole > most ? most : static_cast<std::uint32_t>(whole);
  }
};

/// A closed loop (elb.md 8.3): so many users, each with one thing to do at a time. Exactly one of
/// `think` and `pace` is set.
struct Users {
  std::uint32_t number = 1;
  /// The k-th of n users begins k/n of it after the start.
  SimDuration ramp_up{0};
  /// From the end of what a user did to what it does next.
  std::optional<Distribution> think{};
  /// From one intended sending to the next, whether the answer has come or not (elb.md 8.4): what
  /// is due while the user's connection is busy waits for it, and is measured from when it was due.
  std::optional<Distribution> pace{};
};

/// Each arrival is a new client, with cookies of its own, that sends so many requests one after the
/// other (elb.md 8.3: partly open).
struct Sessions {
  Count requests{};
  Distribution think{};
};

/// Each request is for a page; when a version has answered it well, so many assets of that version
/// are asked for at once. A process of another version has them only if its app keeps them
/// (AppModel::keeps_assets_of); else it answers 404.
struct PageLoad {
  std::uint32_t assets = 1;
  HttpRequest request{};  ///< What each asset's request asks for, as far as rules look at it.
};

/// A second attempt where the first has no answer after so long; the first good answer counts, and
/// the other attempt is given up. A failure counts only if the other attempt fails too.
struct Hedge {
  SimDuration after{std::chrono::seconds{1}};
};

/// Bodies that take their time (elb.md 2.14: a balancer passes them on as they come).
struct Transfer {
  /// How long a request's body takes to arrive: a worker that has the request waits for it.
  Distribution upload{};
  /// So many of a million bodies stop half-way for good: the balancer ends them after its idle
  /// time-out (elb.md 2.17: 408).
  std::uint32_t stalls_per_million = 0;
  /// How long a client takes to read the answer, from its first byte on.
  Distribution download{};
  /// The worker waits for the client to have read its answer; else it is free when that is written.
  bool holds_worker = true;
};

}  // namespace steady::traffic

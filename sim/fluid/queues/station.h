#pragma once

#include <cstdint>
#include <vector>

#include "sim/app/app_model.h"
#include "sim/core/time.h"
#include "sim/fluid/queues/law.h"

namespace steady::fluid {

/// How unevenly requests come to a station: the squared variation of the gaps of one of the
/// `streams` of equal weight that come together there.
struct Unevenness {
  double variation = 1;
  double streams = 1;
};

/// A stretch of time in which all that come to a station meet the same.
struct Phase {
  SimTime from{}, to{};
  /// Seconds that all wait, on average over the stretch, and between which two it may lie.
  double wait = 0, least_wait = 0, most_wait = 0;
  /// Share of those that wait by chance although workers suffice, and how long they do on average.
  double waiting = 0, mean_wait = 0;
  /// Share that finds the backlog full: expected, and between which two it may lie.
  double full = 0, least_full = 0, most_full = 0;
  /// Variance of the number that finds it full, for each that comes.
  double spread = 0;
};

/// One process as a vessel: what is in it flows out through its workers. With more work than
/// workers the queue grows in a straight line until the backlog is full; with less, requests wait
/// by chance, as the formulas of queueing.h say.
class Station {
 public:
  Station(const app::AppModel& model, const Law& law)
      : workers_(model.concurrency), backlog_(model.backlog), law_(&law) {}

  /// What those meet who come at `rate` per second in [from, to); stretches in which the wait
  /// changes are cut into pieces of at least `step`, 128 at most.
  void flow(SimTime from, SimTime to, double rate, Unevenness unevenness, SimDuration step,
            std::vector<Phase>& out);
  /// Requests that wait for a worker now.
  double waiting() const { return held_ > workers_ ? held_ - workers_ : 0; }
  bool is_full() const { return held_ >= workers_ && waiting() >= backlog_ * (1 - 1e-9); }
  /// Seconds that one who came now would wait.
  double wait() const { return waiting() * law_->mean() / workers_; }

 private:
  void light(SimTime from, SimTime to, double rate, Unevenness unevenness,
             std::vector<Phase>& out) const;
  void queue(SimTime from, SimTime to, double rate, double to_waiting, Unevenness unevenness,
             SimDuration step, std::vector<Phase>& out);
  struct Full {
    double expected = 0, most = 0;
  };
  Full chances(double rate, Unevenness unevenness) const;
  double arrival_variation(double rate, Unevenness unevenness) const;

  double workers_, backlog_;
  const Law* law_;
  double held_ = 0;          ///< requests that it holds
  double since_queued_ = 0;  ///< requests that came since its workers were last too few
};

}  // namespace steady::fluid

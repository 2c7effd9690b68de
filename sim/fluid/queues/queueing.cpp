#include "sim/fluid/queues/queueing.h"

#include <algorithm>

#include "sim/core/dmath.h"

namespace steady::fluid {
namespace {

/// So far below its workers that nobody waits.
bool is_light(std::uint32_t workers, double load) {
  return static_cast<double>(workers) > load + 8 * dmath::sqrt(load) + 8;
}

double erlang_b(std::uint32_t workers, double load) {
  double blocked = 1;
  for (std::uint32_t k = 1; k <= workers; ++k) blocked = load * blocked / (k + load * blocked);
  return blocked;
}

}  // namespace

double erlang_c(std::uint32_t workers, double load) {
  if (is_light(workers, load)) return 0;
  const double use = load / workers, blocked = erlang_b(workers, load);
  return blocked / (1 - use * (1 - blocked));
}

double chance_of_full(std::uint32_t workers, std::uint32_t backlog, double load, double variation) {
  if (load <= 0 || is_light(workers, load)) return 0;
  const double blocked = erlang_b(workers, load);
  double ratio = load / workers;
  // Above saturation the queue grows whatever the spread.
  if (ratio < 1 && variation > 1) ratio = dmath::pow(ratio, 2 / (1 + variation));
  // The states above `workers`, from the fullest down, so that nothing overflows.
  double term = 1, sum = 0;
  const double step = ratio < 1 ? ratio : 1 / ratio;
  for (std::uint32_t j = 0; j < backlog && term > 1e-15; ++j) {
    term *= step;
    sum += term;
  }
  if (ratio < 1) {
    // term is ratio^backlog, sum the ratio^1 .. ratio^backlog.
    return term <= 1e-15 ? 0 : blocked * term / (1 + blocked * sum);
  }
  // Divided by ratio^backlog: the fullest is 1, the others step^1 .. step^backlog.
  return blocked / (blocked * (1 + sum) + (1 - blocked) * term);
}

double mean_wait(std::uint32_t workers, double load, double service, double arrival_variation,
                 double service_variation) {
  const double free = std::max(workers - load, 1e-9);
  return service / free * (arrival_variation + service_variation) / 2;
}

}  // namespace steady::fluid

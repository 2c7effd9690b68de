#pragma once

#include <cstdint>

/// Formulas for queues of c workers; each says what it approximates. Deterministic: +, -, *, / and
/// square roots only.
namespace steady::fluid {

/// Erlang C: the chance that an arrival of a Poisson stream waits, `load` = rate x mean service,
/// below `workers`. 0 where it is below 1e-12.
double erlang_c(std::uint32_t workers, double load);

/// The chance that an arrival finds all workers and all `backlog` places taken (M/M/c/c+backlog).
/// Holds for any load; with no backlog it is Erlang B, whatever the service time's law. With a
/// spread of service times of `variation` (squared) queues shrink more slowly, by the root of the
/// load's order 2 / (1 + variation): a rule of thumb, exact for exponential ones.
double chance_of_full(std::uint32_t workers, std::uint32_t backlog, double load, double variation);

/// Allen and Cunneen's approximation (1978) of the mean wait of those who wait, in seconds.
double mean_wait(std::uint32_t workers, double load, double service, double arrival_variation,
                 double service_variation);

}  // namespace steady::fluid

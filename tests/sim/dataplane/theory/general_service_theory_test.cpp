#include <array>

#include "tests/sim/dataplane/theory/theory.h"

using namespace steady;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

namespace {

/// What M/D/c holds on average, exactly (Crommelin 1932): looked at every service time, it holds
/// those that were beyond the c served, and the Poisson number that came since.
double mean_held_by_mdc(std::size_t c, double load) {
  constexpr std::size_t kStates = 400;
  std::vector<double> comes(kStates, 0.0), now(kStates, 0.0), next(kStates);
  double probability = std::exp(-load);
  std::size_t most = 0;
  for (std::size_t n = 0; n < kStates && (probability > 1e-14 || static_cast<double>(n) < load);
       ++n) {
    comes[n] = probability;
    most = n;
    probability *= load / static_cast<double>(n + 1);
  }
  now[0] = 1;
  for (double change = 1; change > 1e-11;) {
    std::fill(next.begin(), next.end(), 0.0);
    for (std::size_t n = 0; n < kStates; ++n) {
      if (now[n] < 1e-16) continue;
      const std::size_t left = n > c ? n - c : 0;
      for (std::size_t k = 0; k <= most && left + k < kStates; ++k)
        next[left + k] += now[n] * comes[k];
    }
    change = 0;
    for (std::size_t n = 0; n < kStates; ++n) change += std::abs(next[n] - now[n]);
    now.swap(next);
  }
  double mean = 0;
  for (std::size_t n = 0; n < kStates; ++n) mean += static_cast<double>(n) * now[n];
  return mean;
}

/// The wait in M/D/c, as a share of the service time, by Little's law.
double mdc_wait(std::size_t c, double load) { return mean_held_by_mdc(c, load) / load - 1; }

Station at_80_percent(const D& service, std::uint32_t workers) {
  return {service, workers, 8LL * workers, SimDuration{8000s} / workers};
}

}  // namespace

// The exact M/D/1 has a closed form: this checks the iteration that the others rest on.
TEST_CASE("Crommelin's iteration gives the known wait of M/D/1 and M/M/c's half in heavy traffic",
          "[theory]") {
  CHECK(mdc_wait(1, 0.7) == Approx(0.7 / (2 * 0.3)).epsilon(1e-6));
  CHECK(mdc_wait(4, 3.9) == Approx(erlang_c_wait(4, 3.9) / 2).epsilon(0.03));
}

// Several workers and no variance: the recursion over c free times, where M/M/c could still hide a
// fault in who is served next.
TEST_CASE("M/D/c has Crommelin's wait", "[theory]") {
  for (const std::uint32_t c : {2U, 8U}) {
    const double closed_form = 0.1 + 0.1 * mdc_wait(c, 0.8 * c);
    INFO(c << " workers");
    agrees(closed_form,
           [&](std::uint64_t seed) { return sojourn(seed, at_80_percent(D(100ms), c)); });
  }
}

// Between constant and exponential service Kimura's interpolation (1986) of the exact M/D/c and
// M/M/c is known to be within one or two percent of the wait.
TEST_CASE("M/G/c of low variance has Kimura's wait", "[theory]") {
  constexpr double kOff = 0.02;
  for (const std::uint32_t c : {2U, 8U}) {
    const double exponential = erlang_c_wait(static_cast<int>(c), 0.8 * c),
                 constant = mdc_wait(c, 0.8 * c);
    for (const int stages : {2, 4}) {
      const double v = 1.0 / stages;
      const double wait = (1 + v) / (2 * v / exponential + (1 - v) / constant);
      const Station station = at_80_percent(D(D::Erlang{stages, 100ms}), c);
      INFO(c << " workers, Erlang " << stages);
      close_to(wait, replicated([&](std::uint64_t seed) {
                 return sojourn(seed, station).mean / 0.1 - 1;
               }),
               kOff);
    }
  }
}

// Lee and Longton (1959), for arrivals of any kind Allen and Cunneen: M/M/c's wait times (1 + v) /
// 2, where v is the squared coefficient of variation. It is exact for one worker and in heavy
// traffic; for two to eight workers at 80 % it is known to be within a tenth.
TEST_CASE("M/G/c of high variance has about Lee's and Longton's wait", "[theory]") {
  constexpr double kOff = 0.1;
  // Mean 100 ms, second moment 0.9 * 0.05^2 + 0.1 * 0.55^2.
  const D mixture(D::Mixture{{{0.9, {D(50ms)}}, {0.1, {D(550ms)}}}});
  const double v = (0.9 * 0.0025 + 0.1 * 0.3025) / 0.01 - 1;
  for (const std::uint32_t c : {2U, 4U}) {
    const double wait = erlang_c_wait(static_cast<int>(c), 0.8 * c) * (1 + v) / 2;
    INFO(c << " workers");
    close_to(wait, replicated([&](std::uint64_t seed) {
               return sojourn(seed, at_80_percent(mixture, c)).mean / 0.1 - 1;
             }),
             kOff);
  }
}

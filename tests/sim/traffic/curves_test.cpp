#include "sim/traffic/curves.h"

#include <cmath>
#include <numbers>

#include "tests/support/catch.h"

using namespace steady;
using namespace steady::traffic;

namespace {

/// Thousandths of requests per second at a moment; pieces have no gaps where this is asked.
double rate_at(const RateProfile& profile, SimDuration after) {
  for (const auto& piece : profile) {
    if (kStart + after < piece.begin || kStart + after >= piece.end) continue;
    const double share = static_cast<double>((kStart + after - piece.begin).count()) /
                         static_cast<double>((piece.end - piece.begin).count());
    return static_cast<double>(piece.from.per_1000_seconds) +
           share * static_cast<double>(piece.to.per_1000_seconds - piece.from.per_1000_seconds);
  }
  return 0;
}

void check_connected(const RateProfile& profile, SimTime end) {
  REQUIRE(!profile.empty());
  CHECK(profile.front().begin == kStart);
  CHECK(profile.back().end == end);
  for (std::size_t i = 1; i < profile.size(); ++i) CHECK(profile[i - 1].end == profile[i].begin);
}

}  // namespace

// The pieces must lie on the cosine wherever the peak is, also before the run and after its end.
TEST_CASE("a daily rhythm is a cosine to 0.06 % of its swing", "[traffic]") {
  for (const SimDuration peak :
       {SimDuration{0}, SimDuration{7h}, SimDuration{14h}, SimDuration{50h}}) {
    const Diurnal day{Rate{100'000}, Rate{900'000}, 24h, peak};
    const SimTime end = kStart + 60h + 7s;
    const RateProfile profile = diurnal(day, end);
    check_connected(profile, end);
    for (SimDuration at{0}; at < SimDuration{60h}; at += 311s) {
      const double phase = 2 * std::numbers::pi * static_cast<double>((at - peak).count()) /
                           static_cast<double>(SimDuration{24h}.count());
      CHECK(std::abs(rate_at(profile, at) - (500'000 + 400'000 * std::cos(phase))) <
            0.0006 * 400'000);
    }
  }
  // A whole day holds its mean.
  const RateProfile whole = diurnal({Rate{100'000}, Rate{900'000}, 24h, 12h}, kStart + 24h);
  CHECK(std::abs(static_cast<double>(thousandths_of_requests(whole)) / (500'000.0 * 86'400) - 1) <
        1e-5);
}

// Half of the crowd is left after each half-life; the end of a run may cut it anywhere.
TEST_CASE("a flash crowd rises in a line and halves", "[traffic]") {
  const FlashCrowd crowd{kStart + 5min, Rate{1'000'000}, 30s, 2min};
  const RateProfile profile = flash_crowd(crowd, kStart + 1h);
  CHECK(profile.front().begin == kStart + 5min);
  CHECK(profile.back().end == kStart + 5min + 30s + 20min);
  CHECK(rate_at(profile, 5min + 15s) == Approx(500'000));
  for (int k = 0; k < 9; ++k)
    CHECK(rate_at(profile, 5min + 30s + k * 2min) == Approx(1'000'000 >> k).margin(1));
  CHECK(rate_at(profile, 5min + 30s + 45s) == Approx(1'000'000 * std::exp2(-0.375)).epsilon(0.001));
  CHECK(flash_crowd(crowd, kStart + 6min).back().end == kStart + 6min);
  CHECK(flash_crowd(crowd, kStart + 4min).empty());
}

// Two things at once are both there, also where only one is; areas add up.
TEST_CASE("the sum of two profiles has both their requests", "[traffic]") {
  const Rate zero{0}, ten{10'000}, hundred{100'000};
  const RateProfile a = {{kStart, kStart + 10s, zero, ten}, {kStart + 20s, kStart + 30s, ten, ten}};
  const RateProfile b = {{kStart + 5s, kStart + 25s, hundred, zero}};
  const RateProfile both = sum(a, b);
  check_connected(both, kStart + 30s);
  CHECK(thousandths_of_requests(both) == thousandths_of_requests(a) + thousandths_of_requests(b));
  CHECK(rate_at(both, 7500ms) == Approx(7'500 + 87'500));
  CHECK(rate_at(both, 15s) == Approx(50'000));
  CHECK(sum(a, {}).size() == a.size());
  CHECK(sum({}, {}).empty());
}

// A Markov chain that leaves its states for any other alike spends its time in proportion to the
// mean stays; each replication walks another path, each run the same.
TEST_CASE("bursts stay as long as they say, by their stream alone", "[traffic]") {
  const std::vector<BurstState> states = {{Rate{50'000}, 10s}, {Rate{500'000}, 2s}, {Rate{0}, 4s}};
  const SimTime end = kStart + 200h;
  const RateProfile path = bursts(states, RandomStream(3, "bursts"), end);
  check_connected(path, end);
  CHECK(path.front().from == states[0].rate);
  double inside[3] = {}, stays[3] = {};
  for (std::size_t i = 0; i < path.size(); ++i) {
    CHECK(path[i].from == path[i].to);
    if (i > 0) CHECK(!(path[i].from == path[i - 1].from));
    for (std::size_t s = 0; s < 3; ++s) {
      if (!(path[i].from == states[s].rate)) continue;
      inside[s] += static_cast<double>((path[i].end - path[i].begin).count()) * 1e-9;
      ++stays[s];
    }
  }
  for (std::size_t s = 0; s < 3; ++s) {
    const double mean = static_cast<double>(states[s].stay.count()) * 1e-9;
    // The mean of n exponentials has a standard error of mean / sqrt(n).
    CHECK(std::abs(inside[s] / stays[s] - mean) < 4 * mean / std::sqrt(stays[s]));
    CHECK(std::abs(stays[s] / static_cast<double>(path.size()) - 1.0 / 3) < 0.01);
  }
  const auto same = bursts(states, RandomStream(3, "bursts"), end);
  const auto other = bursts(states, RandomStream(3, "bursts", 1), end);
  CHECK(same.size() == path.size());
  CHECK(same.back().begin == path.back().begin);
  CHECK(other[0].end != path[0].end);
}

#include "tests/sim/dataplane/theory/theory.h"

using namespace steady;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

// The M/M/1 queue: T = 1 / (mu - lambda). A fault in arrivals, service or waiting shows here.
TEST_CASE("M/M/1 has the time in the system of the textbook", "[theory]") {
  const Station station{D(D::Exponential{100ms})};
  agrees(1.0 / (10 - 7), [&](std::uint64_t seed) { return sojourn(seed, station); });
}

// Erlang C for 2, 8 and 20 workers: waiting is shared, so it falls with their number.
TEST_CASE("M/M/c has Erlang C's wait", "[theory]") {
  for (const int c : {2, 8, 20}) {
    const Station station{D(D::Exponential{100ms}), static_cast<std::uint32_t>(c), 8LL * c,
                          SimDuration{20'000s} / c};
    const double closed_form = 0.1 + 0.1 * erlang_c_wait(c, 0.8 * c);
    INFO(c << " workers");
    agrees(closed_form, [&](std::uint64_t seed) { return sojourn(seed, station); });
  }
}

// Pollaczek-Khinchine: the wait is lambda E[S^2] / 2 (1 - rho), so it tells the variance of the
// service time, from none (constant) to much (a mixture).
TEST_CASE("M/G/1 has Pollaczek's and Khinchine's wait", "[theory]") {
  struct Case {
    D service;
    double mean, second_moment;
  };
  const Case cases[] = {
      {D(100ms), 0.1, 0.01},
      {D(D::Uniform{0ms, 200ms}), 0.1, 0.04 / 3},
      {D(D::Erlang{4, 100ms}), 0.1, 0.01 * 1.25},
      {D(D::Mixture{{{0.9, {D(50ms)}}, {0.1, {D(550ms)}}}}), 0.1, 0.9 * 0.0025 + 0.1 * 0.3025},
  };
  for (const auto& one : cases) {
    const Station station{one.service};
    const double wait = 7 * one.second_moment / (2 * (1 - 7 * one.mean));
    INFO(one.service.describe());
    agrees(one.mean + wait, [&](std::uint64_t seed) { return sojourn(seed, station); });
  }
}

// Little's law holds for any queue and exactly, not only on average: what a station holds,
// integrated over time, is what its requests spent there.
TEST_CASE("Little's law holds at each station", "[theory]") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Run run(seed, {D(D::Lognormal{80ms, 700ms}), 3, 60, 200s}, 3);
    Uint128 spent = 0;
    std::uint64_t answered = 0;
    run.plane.observe([&](const RequestRecord& record) {
      spent += static_cast<Uint128>((record.ended_at - record.sent_at).count());
    });
    run.loop.run_until(kStart + 200s);
    run.plane.finish();
    Uint128 held = 0;
    for (const auto process : run.processes) {
      held += run.plane.station(process).held_ns;
      answered += run.plane.station(process).answered;
    }
    CHECK(answered == run.plane.sent());
    CHECK((held == spent));
  }
}

// elb.md 5.5: in flight at an instant kill are (L/N) E[S] requests, whatever the distribution of S.
TEST_CASE("an instant kill loses L / N times the mean service time", "[theory][elb.md 5.5]") {
  const Station station{D(D::Lognormal{400ms, 3s}), 100'000, 400, 100s};
  const double expected = 100 * station.service.mean_seconds();
  agrees(expected, [&](std::uint64_t seed) {
    // One number a run: Poisson with this mean (M/G/infinity), so its interval is 1.96 roots.
    Run run(seed, station, 4);
    run.loop.at(kStart + 60s, "kill", [&] { run.fleet.kill(run.processes[0], {"killed"}); });
    run.loop.at(kStart + 60s, "leaves", [&] {
      auto& node = run.frontend.nodes[0];
      node.candidates.erase(node.candidates.begin());
      node.algorithm->set_candidates(node.candidates);
    });
    run.loop.run_until(kStart + 100s);
    run.plane.finish();
    const auto lost = static_cast<double>(run.plane.ledger().total().dropped());
    return Interval{lost, 1.96 * std::sqrt(expected)};
  });
}

// elb.md 5.5: a drain of T after the last request cuts (L/N) E[(S-T)+]; exponential S has the
// closed form mean x exp(-T / mean).
TEST_CASE("a drain window loses what outlives it", "[theory][elb.md 5.5]") {
  const Station station{D(D::Exponential{2s}), 100'000, 400, 100s};
  const double expected = 100 * 2 * std::exp(-3.0 / 2);
  agrees(expected, [&](std::uint64_t seed) {
    Run run(seed, station, 4);
    run.loop.at(kStart + 60s, "drains", [&] {
      auto& node = run.frontend.nodes[0];
      node.candidates.erase(node.candidates.begin());
      node.algorithm->set_candidates(node.candidates);
    });
    run.loop.at(kStart + 63s, "cut", [&] { run.plane.cut_target(0, 0, {"drain timeout"}); });
    run.loop.run_until(kStart + 100s);
    run.plane.finish();
    const auto lost = static_cast<double>(run.plane.ledger().total().dropped());
    return Interval{lost, 1.96 * std::sqrt(expected)};
  });
}

// elb.md 5.5: new requests to a dead target until the nodes have learned of it, L / N x the time.
TEST_CASE("a dead target refuses L / N requests a second until it leaves", "[theory][elb.md 5.5]") {
  const Station station{D(50ms), 1000, 100, 100s};
  const double expected = 25.0 * 13;  // F2: 325 requests
  agrees(expected, [&](std::uint64_t seed) {
    Run run(seed, station, 4);
    run.loop.at(kStart + 40s, "dies", [&] { run.fleet.kill(run.processes[0], {"killed"}); });
    run.loop.at(kStart + 53s, "learned", [&] {
      auto& node = run.frontend.nodes[0];
      node.candidates.erase(node.candidates.begin());
      node.algorithm->set_candidates(node.candidates);
    });
    run.loop.run_until(kStart + 100s);
    run.plane.finish();
    const auto& ledger = run.plane.ledger();
    const auto refused =
        static_cast<double>(ledger.total().by_outcome[static_cast<std::size_t>(Outcome::kRefused)]);
    // Round robin takes every fourth of a Poisson stream: less varied than Poisson by that factor.
    return Interval{refused, 1.96 * std::sqrt(expected / 4 + 1)};
  });
}

#include "harness/runner/workers.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.h"

using namespace steady;

// One run on several threads gives the bytes of one thread only if no part is done twice or left
// out, whoever comes to it first.
TEST_CASE("each part of a piece of work is done once, and before the piece is over", "[runner]") {
  const unsigned count = GENERATE(1U, 2U, 3U, 5U);
  runner::ThreadWorkers workers(count);
  REQUIRE(workers.count() == count);
  std::vector<int> done(count, 0);
  for (int piece = 1; piece <= 2000; ++piece) {
    workers.run([&](unsigned part) { ++done[part]; });
    CHECK(done == std::vector<int>(count, piece));
  }
}

// A run that breaks off (product.md, limits) breaks off where it was begun, on any number of
// threads.
TEST_CASE("what a part throws comes to who asked, when all parts are over", "[runner]") {
  runner::ThreadWorkers workers(3);
  for (unsigned bad = 0; bad < 3; ++bad) {
    std::atomic<int> over{0};
    const auto part = [&](unsigned number) {
      if (number == bad) throw std::runtime_error("no more");
      ++over;
    };
    CHECK_THROWS_WITH(workers.run(part), "no more");
    CHECK(over == 2);
  }
  workers.run([](unsigned) {});
}

// Whoever hands work out may count on doing its first part by himself.
TEST_CASE("the first part is done by who asks", "[runner]") {
  runner::ThreadWorkers workers(3);
  for (int piece = 0; piece < 200; ++piece) {
    std::thread::id first;
    workers.run([&](unsigned part) {
      if (part == 0) first = std::this_thread::get_id();
    });
    CHECK(first == std::this_thread::get_id());
  }
}

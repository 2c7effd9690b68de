#include "harness/runner/workers.h"

#include <catch2/catch.hpp>
#include <vector>

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

// What arrivals need to be drawn in order is kept by the caller's own thread.
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

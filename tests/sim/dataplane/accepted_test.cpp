#include "sim/dataplane/batched/accepted.h"

#include "sim/dataplane/batched/digest.h"
#include "tests/support/catch.h"
#include "tests/support/units.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

Accepted some(std::size_t count) {
  Accepted all;
  all.make_room(count);
  all.count = count;
  for (std::size_t i = 0; i < count; ++i) {
    all.sent[i] = kStart + SimDuration{static_cast<std::int64_t>(i)};
    all.end[i] = all.sent[i] + SimDuration{static_cast<std::int64_t>(mix64(i) % 1000)};
    all.number[i] = i << 16 | 3;
    all.home[i] = static_cast<std::uint32_t>(mix64(i) % 7);
  }
  return all;
}

}  // namespace

// Which vector units there are decides the speed alone.
TEST_CASE("who has ended is taken out, all others stay in order, with any vector units",
          "[dataplane]") {
  for (const VectorUnits units : kAllUnits) {
    const UnitsForNow limited(units);
    for (const std::size_t count : {0U, 1U, 7U, 8U, 9U, 500U}) {
      for (const SimTime now : {kStart, kStart + 300ns, kStart + 2us}) {
        const Accepted before = some(count);
        Accepted all = before, ended;
        all.move_ended(now, ended);
        std::size_t gone = 0, stayed = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const bool over = before.end[i] <= now;
          const Accepted& in = over ? ended : all;
          const std::size_t n = over ? gone++ : stayed++;
          REQUIRE(in.sent[n] == before.sent[i]);
          REQUIRE(in.end[n] == before.end[i]);
          REQUIRE(in.number[n] == before.number[i]);
          REQUIRE(in.home[n] == before.home[i]);
        }
        REQUIRE(all.count == stayed);
        REQUIRE(ended.count == gone);
      }
    }
  }
}

TEST_CASE("many words of the digest are the words one by one", "[dataplane]") {
  for (const VectorUnits units : kAllUnits) {
    const UnitsForNow limited(units);
    for (const std::size_t count : {0U, 1U, 8U, 501U}) {
      const Accepted all = some(count);
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i)
        sum += digest_word(all.number[i] >> 16, 0, all.sent[i], all.end[i], 0);
      REQUIRE(digest_words(all.number.data(), all.sent.data(), all.end.data(), count) == sum);
    }
  }
}

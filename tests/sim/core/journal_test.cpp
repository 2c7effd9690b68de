#include "sim/core/journal.h"

#include <set>
#include <string>
#include <vector>

#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

struct Written {
  SimTime at = kStart + 12'500ms;
  std::string_view kind = journal::kTask;
  std::string subject = "0fe";
  Journal::Fields fields{{"status", "RUNNING"}, {"service", "web"}};
};

std::string digest_of(const std::vector<Written>& all) {
  Journal journal;
  for (const Written& w : all) journal.add(w.at, w.kind, w.subject, w.fields);
  return journal.digest();
}

}  // namespace

// Same seed, same digest: the first thing that breaks when somebody iterates over a hash.
TEST_CASE("equal journals have equal digests", "[journal]") {
  const std::vector<Written> run{{}, {.at = kStart + 13s, .subject = "1ab"}};
  CHECK(digest_of(run) == digest_of(run));
  CHECK(digest_of(run).size() == 64);
}

// Whatever differs between two runs has to show, down to the nanosecond that line() does not print.
TEST_CASE("every byte of an entry changes the digest", "[journal]") {
  const std::vector<Written> variants{
      {},
      {.at = kStart + 12'500ms + 1ns},
      {.kind = journal::kTarget},
      {.subject = "0ff"},
      {.subject = ""},
      {.fields = {}},
      {.fields = {{"status", "RUNNING"}}},
      {.fields = {{"status", "RUNNINg"}, {"service", "web"}}},
      {.fields = {{"statuS", "RUNNING"}, {"service", "web"}}},
      {.fields = {{"service", "web"}, {"status", "RUNNING"}}},
      {.fields = {{"status", "RUNNING service=web"}}},
      {.fields = {{"status", "RUNNING"}, {"service", "web"}, {"health", ""}}},
  };
  std::set<std::string> digests{Journal{}.digest()};
  for (const Written& variant : variants) digests.insert(digest_of({variant}));
  digests.insert(digest_of({{}, {}}));
  CHECK(digests.size() == variants.size() + 2);
}

TEST_CASE("the digest covers the order of entries", "[journal]") {
  const Written a{.subject = "a"};
  const Written b{.subject = "b"};
  CHECK(digest_of({a, b}) != digest_of({b, a}));
}

TEST_CASE("asking for the digest does not change it", "[journal]") {
  Journal journal;
  journal.add(kStart, journal::kTask, "a");
  const std::string first = journal.digest();
  CHECK(journal.digest() == first);
  journal.add(kStart, journal::kTask, "b");
  CHECK(journal.digest() != first);
  CHECK(journal.digest() == digest_of({{.at = kStart, .subject = "a", .fields = {}},
                                       {.at = kStart, .subject = "b", .fields = {}}}));
}

// Recomputed by hand, so that nobody changes what the digest covers without saying so: results name
// runs by it.
TEST_CASE("the digest is the SHA-256 of the entries, each part after its length", "[journal]") {
  CHECK(digest_of({{}}) == Sha256::of("12500000000;4;task3;0fe2;6;status7;RUNNING7;service3;web"));
}

TEST_CASE("an entry prints as one line and is asked by field name", "[journal]") {
  Journal journal;
  const JournalEntry& entry = journal.add(kStart + 12'500ms, journal::kTask, "0fe",
                                          {{"status", "RUNNING"}, {"service", "web"}});
  CHECK(entry.line() == "12.500s task 0fe status=RUNNING service=web");
  CHECK(entry["service"] == "web");
  CHECK(entry["reason"].empty());
  CHECK(entry.sequence == 0);
  CHECK(journal.add(kStart + 13s, journal::kTask, "1ab").sequence == 1);
}

TEST_CASE("observers hear of each entry after their subscription, in that order", "[journal]") {
  Journal journal;
  std::vector<std::string> heard;
  journal.add(kStart, journal::kTask, "before");
  journal.observe([&](const JournalEntry& e) { heard.push_back("first " + e.subject); });
  journal.observe([&](const JournalEntry& e) { heard.push_back("second " + e.subject); });
  journal.add(kStart, journal::kTask, "a");
  journal.add(kStart, journal::kTask, "b");
  CHECK(heard == std::vector<std::string>{"first a", "second a", "first b", "second b"});
}

// Others would see the entries in another order than the journal has them.
TEST_CASE("an observer that writes is a broken invariant", "[journal]") {
  Journal journal;
  bool write = true;
  journal.observe([&](const JournalEntry&) {
    if (write) journal.add(kStart, journal::kTask, "echo");
  });
  CHECK_THROWS_AS(journal.add(kStart, journal::kTask, "a"), InternalError);
  write = false;
  CHECK_NOTHROW(journal.add(kStart, journal::kTask, "b"));
}

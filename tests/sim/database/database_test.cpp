#include "sim/database/database.h"

#include "tests/support/catch.h"

using namespace steady;
using namespace steady::database;

namespace {

struct SmallDatabase {
  EventLoop loop;
  Journal journal;
  Database database{loop, journal, {"id", "name"}};
  using Kind = MigrationStep::Kind;
  Status begin(Kind kind, std::string column, std::string to = "", SimDuration duration = 0s,
               bool lock = false) {
    return database.begin({kind, std::move(column), std::move(to), duration, lock});
  }
  void run_for(SimDuration time) { loop.run_until(loop.now() + time); }
};

using Kind = MigrationStep::Kind;

}  // namespace

// stories.md S43: old code misses what was dropped or renamed, new code what was not added yet; the
// cause says which of the two.
TEST_CASE("a missing column is told with its reason", "[database][S43]") {
  SmallDatabase small;
  CHECK_FALSE(small.database.missing({"id"}, {"name"}));
  CHECK(small.database.missing({"email"}, {}) == "column never added: email");
  REQUIRE(small.begin(Kind::kRename, "name", "full_name"));
  CHECK(small.database.missing({"name"}, {}) == "column removed by migration: name");
  CHECK_FALSE(small.database.missing({"full_name"}, {}));
  REQUIRE(small.begin(Kind::kDrop, "full_name"));
  CHECK(small.database.missing({}, {"full_name"}) == "column removed by migration: full_name");
  REQUIRE(small.begin(Kind::kAdd, "name"));
  CHECK_FALSE(small.database.missing({"name"}, {}));
  CHECK(small.database.columns() == std::vector<std::string>{"id", "name"});
}

// The change holds at the end of the step, not at its beginning.
TEST_CASE("a step takes its time", "[database]") {
  SmallDatabase small;
  const auto before = small.database.version();
  int told = 0;
  small.database.observe([&] { ++told; });
  REQUIRE(small.begin(Kind::kAdd, "email", "", 30s));
  CHECK_FALSE(small.database.has("email"));
  CHECK(told == 0);
  small.run_for(30s);
  CHECK(small.database.has("email"));
  CHECK(told == 1);
  CHECK(small.database.version() > before);
}

// An exclusive lock holds requests until its end, and other steps off.
TEST_CASE("an exclusive lock lasts as long as its step", "[database]") {
  SmallDatabase small;
  REQUIRE(small.begin(Kind::kAdd, "email", "", 10s, true));
  CHECK(small.database.locked_until() == kStart + 10s);
  CHECK_FALSE(small.begin(Kind::kDrop, "name"));
  CHECK(small.database.has("name"));
  small.run_for(10s);
  CHECK(small.begin(Kind::kDrop, "name"));
}

// Nothing is half applied: a refused step changes nothing.
TEST_CASE("steps that cannot be are refused", "[database]") {
  SmallDatabase small;
  const auto version = small.database.version();
  CHECK_FALSE(small.begin(Kind::kAdd, "name"));
  CHECK_FALSE(small.begin(Kind::kDrop, "email"));
  CHECK_FALSE(small.begin(Kind::kRename, "email", "mail"));
  CHECK_FALSE(small.begin(Kind::kRename, "id", "name"));
  CHECK_FALSE(small.begin(Kind::kBackfill, "name", "email"));
  CHECK(small.begin(Kind::kAdd, "name").error().message == "column 'name' exists already");
  CHECK(small.database.version() == version);
  CHECK(small.database.columns() == std::vector<std::string>{"id", "name"});
}

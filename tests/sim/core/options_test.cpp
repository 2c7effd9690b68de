#include "sim/core/options.h"

#include <string>

#include "sim/core/nearest.h"
#include "tests/support/catch.h"

using namespace steady;

// A plug-in's settings are read as strictly as the rest of a scenario.
TEST_CASE("options give values, defaults, and all faults at once", "[options]") {
  Options options{{{"batch", "3"}, {"pause", "1m30s"}, {"verify", "true"}, {"hoost", "x"}}};
  CHECK(options.number("batch") == 3);
  CHECK(options.duration("pause") == 90s);
  CHECK(options.flag("verify", false));
  CHECK(options.text("host", "all") == "all");
  CHECK(options.number("retries", 5) == 5);
  CHECK(options.text("target") == "");  // Required and missing.

  const auto faults = options.finish();
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].key == "target");
  CHECK(faults[1].key == "hoost");
  CHECK(faults[1].nearest == "host");
}

TEST_CASE("an option of the wrong kind is a fault and reads as its default", "[options]") {
  const char* bad_number = GENERATE("", "three", "-1", "1.5", "99999999999");
  INFO(bad_number);
  Options options{{{"batch", bad_number}, {"pause", "90"}, {"verify", "yes"}}};
  CHECK(options.number("batch", 2) == 2);
  CHECK(options.duration("pause", 5s) == 5s);
  static_cast<void>(options.flag("verify", false));
  CHECK(options.finish().size() == 3);
}

TEST_CASE("the nearest name is the one a person most probably meant", "[nearest]") {
  const std::vector<std::string> known{"desiredCount", "minHealthy", "maxPercent", "constant"};
  CHECK(nearest_name("desiredcount", known) == "desiredCount");
  CHECK(nearest_name("desierdCount", known) == "desiredCount");
  CHECK(nearest_name("constan", known) == "constant");
  CHECK(nearest_name("burst", known).empty());
}

#include "harness/report/report.h"
#include "harness/report/summary.h"
#include "tests/support/catch.h"

using namespace steady::report;

// ecs.md 4.1: the console prints nouns without the API's parentheses; reasons keep theirs.
TEST_CASE("the console form drops the parentheses of nouns only", "[report]") {
  CHECK(console_form("(service web) has started 2 tasks: (task 0fe) (task 4ab).") ==
        "service web has started 2 tasks: task 0fe task 4ab.");
  CHECK(console_form("(service web) registered 2 instances in (elb front)") ==
        "service web registered 2 instances in elb front");
  CHECK(console_form("(service web) (deployment ecs-svc/1) deployment completed.") ==
        "service web deployment ecs-svc/1 deployment completed.");
  CHECK(console_form("(service web) (port 80) is unhealthy in (target-group a) due to (reason "
                     "Request timed out).") ==
        "service web port 80 is unhealthy in target-group a due to (reason Request timed out).");
  CHECK(console_form("no nouns (here)") == "no nouns (here)");
  CHECK(console_form("open (service web") == "open (service web");
}

// A single loss in ten million must never read 100 %.
TEST_CASE("percentages are rounded towards the bad side", "[report]") {
  CHECK(percentage(9'999'999, 10'000'000) == "99.999 %");
  CHECK(percentage(10, 10) == "100 %");
  CHECK(percentage(1, 3) == "33.333 %");
  CHECK(percentage(0, 0) == "-");
}

TEST_CASE("XML escapes what XML cannot carry", "[report]") {
  CHECK(xml_escape("a<b>&\"c\"\x01") == "a&lt;b&gt;&amp;&quot;c&quot;");
}

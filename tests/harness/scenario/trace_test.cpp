#include "harness/scenario/trace.h"

#include "tests/support/catch.h"

using namespace steady;
using scenario::read_trace;
using scenario::TraceOptions;

// People have times in many forms; one column is enough, and a head line may name it.
TEST_CASE("a trace may be CSV with seconds or dates", "[scenario]") {
  const auto trace = read_trace(
      "time,client,request\n10.5,192.0.2.1:7,\"GET /a, b HTTP/1.1\"\n"
      "10,192.0.2.2:7\n10.25,192.0.2.1:8\r\n",
      {});
  REQUIRE(trace);
  REQUIRE(trace->requests.size() == 3);
  CHECK(trace->requests[0].at == kStart);
  CHECK(trace->requests[1].at == kStart + 250ms);
  CHECK(trace->requests[2].at == kStart + 500ms);
  CHECK(trace->lines[trace->requests[2].line] == "GET /a, b HTTP/1.1");
  // Two ports of one address are one client.
  CHECK(trace->clients == 2);
  CHECK(trace->peers[trace->requests[1].peer].client ==
        trace->peers[trace->requests[2].peer].client);
  const auto dates = read_trace("2026-01-01T00:00:01.000001Z\n2026-01-01T00:00:01Z\n", {});
  REQUIRE(dates);
  CHECK(dates->requests[1].at == kStart + 1us);
}

// elb.md 2.18: a balancer writes a line when the request ends; the order of arrivals is that of
// request_creation_time.
TEST_CASE("requests of a log are sent in the order in which they came", "[scenario]") {
  const auto line = [](const std::string& ended, const std::string& came) {
    return "https " + ended +
           " app/a/1 192.0.2.9:1 - -1 -1 -1 503 - 0 0 \"GET /x HTTP/1.1\" \"ua\" "
           "- - arn \"t\" \"d\" \"c\" 0 " +
           came + " \"forward\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\"\n";
  };
  const auto trace =
      read_trace(line("2026-01-01T00:00:09.000000Z", "2026-01-01T00:00:05.000000Z") +
                     line("2026-01-01T00:00:06.000000Z", "2026-01-01T00:00:05.500000Z"),
                 {});
  REQUIRE(trace);
  CHECK(trace->requests[0].at == kStart);
  CHECK(trace->requests[1].at == kStart + 500ms);
}

// The issue: "with time stretched or thinned". By the clock, what came before the run is left out.
TEST_CASE("a trace can be laid on the run's clock, stretched and thinned", "[scenario]") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + "\n";
  TraceOptions options;
  options.stretch_ppm = 500'000;
  options.keep_ppm = 250'000;
  options.thin = RandomStream(1, "thin");
  const auto thinned = read_trace(text, options);
  REQUIRE(thinned);
  CHECK(thinned->requests.size() > 2300);
  CHECK(thinned->requests.size() < 2700);
  CHECK(thinned->requests.back().at <= kStart + 5000s);
  CHECK(thinned->requests.back().at > kStart + 4900s);
  TraceOptions clock;
  clock.by_clock = true;
  clock.start = *Calendar::parse("2026-01-01T00:00:00Z");
  const auto late = read_trace("2025-12-31T23:59:59Z\n2026-01-01T00:00:02Z\n", clock);
  REQUIRE(late);
  REQUIRE(late->requests.size() == 1);
  CHECK(late->requests[0].at == kStart + 2s);
}

// A wrong line is named; nothing of the file is taken then.
TEST_CASE("a line that is no request is refused with its number", "[scenario]") {
  const auto trace = read_trace("1\n2\nthree\n", {});
  REQUIRE_FALSE(trace);
  CHECK_THAT(trace.error().message, Catch::Contains("line 3"));
  CHECK_FALSE(read_trace("", {}));
  CHECK_FALSE(read_trace("1,a,b,c\n", {}));
  CHECK_FALSE(read_trace("2026-01-01T00:00:00.Z\n", {}));
}

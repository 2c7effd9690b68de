#include "sim/core/event_loop.h"

#include <string>
#include <vector>

#include "sim/core/check.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

/// A loop whose actions write down what ran, and when.
struct Recorder {
  EventLoop loop;
  std::vector<std::string> ran;

  EventLoop::Handle say(SimDuration when, const std::string& what) {
    return loop.at(kStart + when, "say", [this, what] { note(what); });
  }
  void note(const std::string& what) { ran.push_back(format_seconds(loop.now()) + " " + what); }
  void announce_advances() {
    loop.set_advance_hook([this](SimTime until) { note("until " + format_seconds(until)); });
  }
};

using Lines = std::vector<std::string>;

}  // namespace

// A run must depend on the scenario alone: a heap would leave ties to chance.
TEST_CASE("actions run by time, and in the order of scheduling at the same time", "[event_loop]") {
  Recorder r;
  r.say(2s, "c");
  r.say(1s, "a");
  r.say(2s, "d");
  r.say(1s, "b");
  r.loop.run_until(kStart + 5s);
  CHECK(r.ran == Lines{"1.000s a", "1.000s b", "2.000s c", "2.000s d"});
  CHECK(r.loop.now() == kStart + 5s);
  CHECK(r.loop.executed() == 4);
  CHECK(r.loop.idle());
}

TEST_CASE("an action scheduled for now runs after what waits for now", "[event_loop]") {
  Recorder r;
  r.loop.at(kStart + 1s, "first", [&] {
    r.note("first");
    r.loop.after(0s, "third", [&] { r.note("third"); });
  });
  r.say(1s, "second");
  r.loop.run_until(kStart + 1s);
  CHECK(r.ran == Lines{"1.000s first", "1.000s second", "1.000s third"});
}

TEST_CASE("the deadline itself still belongs to the run", "[event_loop]") {
  Recorder r;
  r.say(3s, "on time");
  r.say(3s + 1ns, "too late");
  r.loop.run_until(kStart + 3s);
  CHECK(r.ran == Lines{"3.000s on time"});
  CHECK_FALSE(r.loop.idle());
  r.loop.run_until(kStart + 4s);
  CHECK(r.ran.size() == 2);
}

TEST_CASE("a cancelled action does not run", "[event_loop]") {
  Recorder r;
  const auto handle = r.say(1s, "cancelled");
  r.say(1s, "kept");
  r.loop.cancel(handle);
  r.loop.run_until(kStart + 2s);
  CHECK(r.ran == Lines{"1.000s kept"});

  SECTION("and cancelling what ran, or cancelling twice, is ignored") {
    const auto later = r.say(3s, "later");
    r.loop.run_until(kStart + 3s);
    r.loop.cancel(later);
    r.loop.cancel(handle);
    CHECK(r.ran.size() == 2);
  }
  SECTION("even at the same instant, by an action before it, or by itself") {
    EventLoop::Handle self;
    EventLoop::Handle next;
    self = r.loop.at(kStart + 3s, "self", [&] {
      r.loop.cancel(self);
      r.loop.cancel(next);
    });
    next = r.say(3s, "next");
    r.loop.run_until(kStart + 4s);
    CHECK(r.ran.size() == 1);
  }
}

TEST_CASE("nothing is scheduled for the past", "[event_loop]") {
  EventLoop loop;
  loop.run_until(kStart + 10s);
  CHECK_THROWS_WITH(loop.at(kStart + 9s, "poll", [] {}),
                    Catch::Contains("poll") && Catch::Contains("9.000s"));
  CHECK_THROWS_AS(loop.run_until(kStart + 9s), InternalError);
  CHECK_NOTHROW(loop.at(kStart + 10s, "poll", [] {}));
}

// A loop of zero delays would otherwise hang the run without a word.
TEST_CASE("too many actions at one instant are an internal error naming them", "[event_loop]") {
  EventLoop loop;
  loop.set_instant_bound(100);
  std::function<void()> again = [&] { loop.after(0s, "reconcile", again); };
  loop.at(kStart + 1s, "probe", [] {});
  loop.at(kStart + 1s, "reconcile", again);
  CHECK_THROWS_AS(loop.run_until(kStart + 2s), InternalError);

  SECTION("with their counts, the most frequent first") {
    EventLoop second;
    second.set_instant_bound(10);
    second.at(kStart + 75s, "earlier, so not to blame", [] {});
    for (int i = 0; i < 3; ++i) second.at(kStart + 75'250ms, "probe", [] {});
    for (int i = 0; i < 8; ++i) second.at(kStart + 75'250ms, "place", [] {});
    CHECK_THROWS_WITH(second.run_until(kStart + 80s),
                      "more than 10 actions at the instant 75.250s: place 8 times, probe 3 times");
  }
}

TEST_CASE("as many actions at one instant as the bound says are fine", "[event_loop]") {
  EventLoop loop;
  loop.set_instant_bound(10);
  for (int second = 0; second < 3; ++second) {
    for (int i = 0; i < 10; ++i) loop.at(kStart + second * 1s, "tick", [] {});
  }
  CHECK_NOTHROW(loop.run_until(kStart + 5s));
  CHECK(loop.executed() == 30);
}

// A scenario that asks for too much is the user's fault, and the sentence says which limit.
TEST_CASE("more actions than the total bound end the run with the limit's name", "[event_loop]") {
  EventLoop loop;
  loop.set_total_bound(50);
  std::function<void()> again = [&] { loop.after(1s, "tick", again); };
  loop.at(kStart, "tick", again);
  CHECK_THROWS_AS(loop.run_until(kStart + 1h), LimitReached);
  CHECK(loop.executed() == 50);
  CHECK_THROWS_WITH(loop.run_until(kStart + 1h),
                    Catch::Contains("limit on events") && Catch::Contains("50"));
}

// The data plane carries requests up to where the control plane acts next, and no further.
TEST_CASE("the advance hook hears of every move of time before it happens", "[event_loop]") {
  Recorder r;
  r.announce_advances();
  r.say(0s, "at the start");
  r.say(1s, "a");
  r.say(1s, "b");
  r.loop.run_until(kStart + 2s);
  CHECK(r.ran == Lines{"0.000s at the start", "0.000s until 1.000s", "1.000s a", "1.000s b",
                       "1.000s until 2.000s"});

  SECTION("once, when something is due at the deadline") {
    r.ran.clear();
    r.say(3s, "last");
    r.loop.run_until(kStart + 3s);
    CHECK(r.ran == Lines{"2.000s until 3.000s", "3.000s last"});
  }
  SECTION("and not at all when time stands still") {
    r.ran.clear();
    r.loop.run_until(kStart + 2s);
    CHECK(r.ran.empty());
  }
}

// A request on its way may crash a process: that comes before what was next.
TEST_CASE("what the advance hook schedules earlier runs first", "[event_loop]") {
  Recorder r;
  bool crashed = false;
  r.loop.set_advance_hook([&](SimTime until) {
    r.note("until " + format_seconds(until));
    if (!crashed) r.say(1s, "crash");
    crashed = true;
  });
  r.say(2s, "poll");
  r.loop.run_until(kStart + 2s);
  CHECK(r.ran ==
        Lines{"0.000s until 2.000s", "1.000s crash", "1.000s until 2.000s", "2.000s poll"});
}

TEST_CASE("when the advance hook cancels what was next, it hears of what comes then",
          "[event_loop]") {
  Recorder r;
  const auto poll = r.say(2s, "poll");
  r.loop.set_advance_hook([&](SimTime until) {
    r.note("until " + format_seconds(until));
    r.loop.cancel(poll);
  });
  r.loop.run_until(kStart + 3s);
  CHECK(r.ran == Lines{"0.000s until 2.000s", "0.000s until 3.000s"});
  CHECK(r.loop.now() == kStart + 3s);
}

// A deploy engine or a debugger stops the world and looks.
TEST_CASE("a stopped run ends after the current action and can go on", "[event_loop]") {
  Recorder r;
  r.loop.at(kStart + 1s, "stop", [&] { r.loop.stop(); });
  r.say(1s, "same instant");
  r.say(2s, "later");
  r.loop.run_until(kStart + 5s);
  CHECK(r.loop.stopped());
  CHECK(r.ran.empty());
  CHECK(r.loop.now() == kStart + 1s);
  r.loop.run_until(kStart + 5s);
  CHECK_FALSE(r.loop.stopped());
  CHECK(r.ran == Lines{"1.000s same instant", "2.000s later"});
}

TEST_CASE("the advance hook can stop the run before time moves", "[event_loop]") {
  Recorder r;
  bool stopped = false;
  r.loop.set_advance_hook([&](SimTime) {
    if (!stopped) r.loop.stop();
    stopped = true;
  });
  r.say(2s, "poll");
  r.loop.run_until(kStart + 5s);
  CHECK(r.loop.now() == kStart);
  CHECK(r.ran.empty());
  r.loop.run_until(kStart + 5s);
  CHECK(r.ran == Lines{"2.000s poll"});
}

// What throws (a limit, a failed check) ends one run; the loop must not be left half done.
TEST_CASE("an action that throws is gone, and the others stay", "[event_loop]") {
  Recorder r;
  r.loop.at(kStart + 1s, "throws", [] { throw LimitReached("enough"); });
  r.say(1s, "next");
  CHECK_THROWS_AS(r.loop.run_until(kStart + 2s), LimitReached);
  r.loop.run_until(kStart + 2s);
  CHECK(r.ran == Lines{"1.000s next"});
}

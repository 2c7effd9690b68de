#include "harness/json/document.h"
#include "harness/json/reader.h"
#include "harness/json/rules.h"
#include "tests/support/catch.h"

using namespace steady;

// A message without a place sends people searching; positions count lines and columns from 1.
TEST_CASE("each value knows its line and column, comments or not", "[json]") {
  json::Findings findings;
  const auto document =
      json::parse("f", "{ // a comment\n  \"a\": [1,\n    {\"b\": 2}]\n}", findings);
  REQUIRE(findings.all().empty());
  CHECK(document.position("/a").line == 2);
  CHECK(document.position("/a").column == 3);
  CHECK(document.position("/a/1/b").line == 3);
  CHECK(document.position("/a/1/nothing").line == 3);
}

TEST_CASE("a syntax error says where reading stopped, and a second key is told", "[json]") {
  json::Findings broken;
  json::parse("f", "{\n  \"a\": 1,\n}", broken);
  REQUIRE(broken.all().size() == 1);
  CHECK(broken.all()[0].rule == "E1001");
  CHECK(broken.all()[0].position.line == 3);
  json::Findings twice;
  json::parse("f", "{\"a\": 1,\n \"a\": 2}", twice);
  REQUIRE(twice.all().size() == 1);
  CHECK(twice.all()[0].rule == "E1009");
  CHECK(twice.all()[0].position.line == 2);
}

TEST_CASE("nesting and size have bounds", "[json]") {
  json::Findings findings;
  json::parse("f", std::string(100, '[') + std::string(100, ']'), findings);
  REQUIRE_FALSE(findings.all().empty());
  CHECK(findings.all()[0].rule == "E1010");
}

// RFC 7386, appendix A: the table of the standard, as far as it speaks of objects and members.
TEST_CASE("merge patches do what RFC 7386 says", "[json]") {
  struct Row {
    const char *target, *patch, *result;
  };
  const Row row =
      GENERATE(Row{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
               Row{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
               Row{R"({"a":"b"})", R"({"a":null})", R"({})"},
               Row{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
               Row{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
               Row{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
               Row{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
               Row{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
               Row{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
               Row{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"});
  Json target = Json::parse(row.target);
  json::Findings findings;
  json::merge_patch(target, Json::parse(row.patch), "", findings);
  CHECK(target == Json::parse(row.result));
}

// stories.md 1.2: a variant's keys may be pointers, and "timeline+" appends.
TEST_CASE("patches know pointers and appended lists, and removals do not move each other",
          "[json]") {
  Json target = Json::parse(R"({"a": [1, 2, 3, 4], "t": [1]})");
  json::Findings findings;
  json::merge_patch(target, Json::parse(R"({"/a/0": null, "/a/2": null, "/a/3": 9, "t+": [2]})"),
                    "", findings);
  CHECK(findings.all().empty());
  CHECK(target == Json::parse(R"({"a": [2, 9], "t": [1, 2]})"));
  json::merge_patch(target, Json::parse(R"({"/b/0": 1})"), "/v", findings);
  REQUIRE(findings.all().size() == 1);
  CHECK(findings.all()[0].rule == "E1011");
}

// stories.md 1.2: objects are merged, null removes, also where a pointer leads to them; the tenth
// item goes before the ninth.
TEST_CASE("a patch at a pointer merges objects, and lists lose their later items first", "[json]") {
  Json target = Json::parse(R"({"s": [{"a": 1, "b": {"c": 2, "d": 3}}],
    "t": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]})");
  json::Findings findings;
  json::merge_patch(target, Json::parse(R"({"/s/0": {"a": 5, "b": {"d": null}},
    "/t/9": null, "/t/10": null})"),
                    "", findings);
  CHECK(findings.all().empty());
  CHECK(target["s"] == Json::parse(R"([{"a": 5, "b": {"c": 2}}])"));
  CHECK(target["t"] == Json::parse("[0, 1, 2, 3, 4, 5, 6, 7, 8]"));
}

TEST_CASE("a --set reads JSON, else text, and names the nearest key", "[json]") {
  CHECK(json::value_of("3") == Json(3));
  CHECK(json::value_of("500/s") == Json("500/s"));
  CHECK(json::value_of("true") == Json(true));
  Json root = Json::parse(R"({"services": [{"desiredCount": 2}]})");
  CHECK_FALSE(json::set_pointer(root, "/services/0/desiredCount", 3));
  CHECK(root["services"][0]["desiredCount"] == 3);
  const auto error = json::set_pointer(root, "/servces/0/desiredCount", 3);
  REQUIRE(error);
  CHECK_THAT(error->message, Catch::Contains("services"));
  CHECK(json::set_pointer(root, "/services/1/desiredCount", 3));
}

// Strictness is kindness only if the message helps.
TEST_CASE("the reader reports every fault with the nearest name", "[json]") {
  const Json value = Json::parse(R"({"count": "x", "stratup": "5s", "wait": 5, "size": 99})");
  json::Findings findings;
  json::Reader reader(value, "/here", findings, "a thing");
  int count = 0, size = 0;
  SimDuration startup{0}, wait{0};
  reader.read("count", count, 0, 10);
  reader.read("size", size, 0, 10);
  reader.read_duration("startup", startup);
  reader.read_duration("wait", wait);
  reader.require("name", "what it is called");
  reader.finish();
  std::string all;
  for (const auto& finding : findings.all())
    all += finding.rule + finding.pointer + finding.remedy + " ";
  CHECK_THAT(all, Catch::Contains("E1003/here/count") && Catch::Contains("E1004/here/size") &&
                      Catch::Contains("E1007/here/wait") && Catch::Contains("E1005") &&
                      Catch::Contains("E1002/here/stratupdid you mean 'startup'?"));
  CHECK(findings.all().size() == 5);
}

TEST_CASE("each rule has an id of its own, and all its texts", "[json]") {
  std::string last;
  for (const auto& rule : json::rules()) {
    INFO(rule.id);
    CHECK(std::string(rule.id) > last);
    last = rule.id;
    CHECK(!rule.title.empty());
    CHECK(!rule.meaning.empty());
    CHECK(!rule.fails.empty());
    CHECK(!rule.passes.empty());
    CHECK(!rule.source.empty());
    CHECK(json::find_rule(rule.id) == &rule);
  }
}

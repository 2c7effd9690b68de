#include "sim/cloud/ecs/query_language.h"

#include <string>

#include "sim/core/calendar.h"
#include "tests/support/catch.h"

namespace steady::ecs {
namespace {

/// A g2.2xlarge in us-east-1a, stack "test", with one running task of service "production".
ContainerInstance some_instance() {
  ContainerInstance instance;
  instance.ec2_instance = "i-0abc";
  instance.agent_version = "1.14.4";
  instance.registered_unix_ms = Calendar::parse("2018-02-12T23:59:59Z")->unix_ms(kStart);
  instance.running_tasks = 1;
  instance.attributes = {{"ecs.instance-type", "g2.2xlarge"},
                         {"ecs.availability-zone", "us-east-1a"},
                         {"stack", "test"},
                         {"rack", "row 7, left"}};
  instance.tasks_by_group.add("service:production", 1);
  return instance;
}

bool holds(const std::string& expression) {
  const auto query = Query::parse(expression);
  INFO(expression);
  REQUIRE(query);
  return query->matches(some_instance());
}

struct Row {
  std::string expression;
  bool holds;
};

// ecs.md 3.4, the examples of the guide.
TEST_CASE("the guide's examples are read as it explains them", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"attribute:ecs.instance-type == t2.small", false},
      {"attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", true},
      {"attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d",
       true},
      {"task:group == service:production", true},
      {"not(task:group == database)", true},
      {"runningTasksCount == 1", true},
      {"agentVersion < 1.14.5", true},
      {"registeredAt < 2018-02-13", true},
      {"(runningTasksCount > 1 or agentConnected == true) and attribute:stack exists", true},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// ecs.md 3.4: the table of operators, each by its sign and by its word.
TEST_CASE("every operator has a sign and a word", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"attribute:stack == test", true},
      {"attribute:stack equals test", true},
      {"attribute:stack != test", false},
      {"attribute:stack not_equals prod", true},
      {"runningTasksCount > 0", true},
      {"runningTasksCount greater_than 1", false},
      {"runningTasksCount >= 1", true},
      {"runningTasksCount greater_than_equal 2", false},
      {"runningTasksCount < 2", true},
      {"runningTasksCount less_than 1", false},
      {"runningTasksCount <= 1", true},
      {"runningTasksCount less_than_equal 0", false},
      {"runningTasksCount != 1", false},
      {"attribute:stack exists", true},
      {"attribute:stack !exists", false},
      {"attribute:stack not_exists", false},
      {"attribute:stack in [prod, test]", true},
      {"attribute:stack !in [prod]", true},
      {"attribute:stack not_in [prod,test]", false},
      {"attribute:stack =~ t..t", true},
      {"attribute:stack matches prod", false},
      {"attribute:stack !~ t.*", false},
      {"attribute:stack not_matches p.*", true},
      {"ec2InstanceId == i-0abc", true},
      {"ec2InstanceId =~ i-1.*", false},
      {"ec2InstanceId !in [i-0abc]", false},
      {"agentConnected != true", false},
      {"agentConnected in [true, false]", true},
      {"task:group != service:production", false},
      {"task:group in [service:web, service:production]", true},
      {"task:group =~ service:.*", true},
      {"task:group matches prod.*", false},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// ecs.md 3.4, in bold: a negative operator needs the attribute, too.
TEST_CASE("only not_exists holds for an attribute that is not there", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"attribute:none != prod", false},
      {"attribute:none !in [prod]", false},
      {"attribute:none !~ prod", false},
      {"attribute:none == prod", false},
      {"attribute:none exists", false},
      {"attribute:none !exists", true},
      {"attribute:none !exists or attribute:none != prod", true},
      {"not attribute:none == prod", true},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// ecs.md 3.4 (unverified): the usual precedence. With T true and F false.
TEST_CASE("not binds before and, and before or", "[ecs][query]") {
  const std::string t = "attribute:stack exists", f = "attribute:none exists";
  const auto row = GENERATE_COPY(values<Row>({
      {t + " or " + t + " and " + f, true},
      {"(" + t + " or " + t + ") and " + f, false},
      {f + " and " + t + " || " + t, true},
      {"not " + f + " and " + f, false},
      {"not (" + f + " and " + f + ")", true},
      {"!" + t + " or " + t, true},
      {"!(" + t + " or " + t + ")", false},
      {"not not " + t, true},
      {"! ! !" + f + " && " + t, true},
      {"((" + t + "))", true},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// A version is numbers between dots; 1.9 is older than 1.14.
TEST_CASE("agent versions compare number by number", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"agentVersion > 1.9", true},
      {"agentVersion > 1.9.99", true},
      {"agentVersion == 1.14.4", true},
      {"agentVersion == 1.14.4.0", true},
      {"agentVersion >= 1.14.40", false},
      {"agentVersion <= 1.14", false},
      {"agentVersion < 2", true},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// ecs.md 3.4: four formats, UTC where nothing is said.
TEST_CASE("registration is compared with a date or a moment", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"registeredAt == 2018-02-12T23:59:59+00:00", true},
      {"registeredAt == 2018-02-12T23:59:59Z", true},
      {"registeredAt == 2018-02-12T23:59:59", true},
      {"registeredAt > 2018-02-12", true},
      {"registeredAt > '2018-02-12T23:59:59'", false},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// Values may hold what the grammar uses, in quotes.
TEST_CASE("a value may stand in single quotes", "[ecs][query]") {
  const auto row = GENERATE(values<Row>({
      {"attribute:rack == 'row 7, left'", true},
      {"attribute:rack in ['row 7, left', other]", true},
      {"attribute:stack=='test'", true},
      {"attribute:stack =~ '(prod|test)'", true},
      {"attribute:stack in[prod,'test']", true},
  }));
  CHECK(holds(row.expression) == row.holds);
}

// Outside input: an error with its column, never an exception.
TEST_CASE("a fault is told with its column", "[ecs][query]") {
  struct Fault {
    std::string expression, sentence, column;
  };
  const auto row = GENERATE(values<Fault>({
      {"", "expected a subject such as attribute:NAME or task:group.", "1"},
      {"attribute:", "expected the name of an attribute.", "11"},
      {"agentversion > 1", "unknown subject 'agentversion'; did you mean 'agentVersion'?", "1"},
      {"stack == prod", "unknown subject 'stack'; an attribute is written attribute:NAME.", "1"},
      {"attribute:a = b", "expected an operator.", "13"},
      {"attribute:a exist", "expected an operator; did you mean 'exists'?", "13"},
      {"attribute:a ==", "expected a value.", "15"},
      {"attribute:a == \"b\"", "a value with this character stands in single quotes.", "16"},
      {"attribute:a == 'b", "this quote is not closed.", "16"},
      {"attribute:a in b", "expected a list such as [a, b].", "16"},
      {"attribute:a in [b", "expected ',' or ']'.", "18"},
      {"attribute:a in []", "expected a value.", "17"},
      {"attribute:a > 3", "'attribute:a' does not take this operator.", "1"},
      {"agentVersion =~ 1.*", "'agentVersion' does not take this operator.", "1"},
      {"task:group !in [a]", "'task:group' does not take this operator.", "1"},
      {"runningTasksCount exists", "'runningTasksCount' does not take this operator.", "1"},
      {"agentVersion < new", "'new' is not a version such as 1.14.5.", "16"},
      {"runningTasksCount == 1.5", "'1.5' is not a whole number.", "22"},
      {"agentConnected == yes", "'yes' is not true or false.", "19"},
      {"registeredAt < 20180213",
       "'20180213' is not a date such as 2018-06-18 or 2018-06-18T22:28:28Z.", "16"},
      {"(attribute:a exists", "this '(' is not closed.", "1"},
      {"attribute:a exists)", "expected 'and', 'or' or the end.", "19"},
      {"attribute:a exists attribute:b exists", "expected 'and', 'or' or the end.", "20"},
      {"attribute:a exists and", "expected a subject such as attribute:NAME or task:group.", "23"},
      {"attribute:a =~ (x|y)", "a value with this character stands in single quotes.", "16"},
      {"attribute:a =~ '(x'", "regular expression, column 3: missing ')'.", "16"},
  }));
  const auto query = Query::parse(row.expression);
  INFO(row.expression);
  REQUIRE_FALSE(query);
  CHECK(query.error().code == "InvalidParameterException");
  CHECK(query.error().where == row.column);
  CHECK(query.error().message ==
        "Invalid expression '" + row.expression + "', column " + row.column + ": " + row.sentence);
}

// ecs.md 3.3: at most 2000 characters; and no input makes the parser run out of stack.
TEST_CASE("length and depth have bounds", "[ecs][query]") {
  const std::string term = "attribute:a exists";
  const auto nested = [&](std::size_t depth) {
    return Query::parse(std::string(depth, '(') + term + std::string(depth, ')'));
  };
  CHECK(nested(100));
  CHECK_FALSE(nested(101));
  CHECK_FALSE(Query::parse(std::string(2000 - term.size() + 1, ' ') + term));
  CHECK(Query::parse(std::string(2000 - term.size(), ' ') + term));
  CHECK_FALSE(Query::parse(std::string(1900, '!') + term));
}

// The placer keeps answers for as long as these facts stay.
TEST_CASE("a query says on which facts it depends", "[ecs][query]") {
  CHECK(Query::parse("attribute:a exists")->depends_on() == Query::kAttributes);
  CHECK(Query::parse("not(task:group == a) and attribute:a exists")->depends_on() ==
        (Query::kAttributes | Query::kGroups));
  CHECK(Query::parse("runningTasksCount == 1 or agentConnected == true")->depends_on() ==
        (Query::kRunningTasks | Query::kAgentConnected));
  CHECK(Query::parse("ec2InstanceId == i-1")->depends_on() == Query::kIdentity);
}

}  // namespace
}  // namespace steady::ecs

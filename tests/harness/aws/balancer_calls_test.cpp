#include "tests/harness/aws/small_cloud.h"
#include "tests/support/catch.h"

using namespace steady;
using Catch::StartsWith;
using test::error;
using test::SmallCloud;

// elb.md 1.4, 1.6, 7.3: the two APIs are told apart by the input, or by the prefix.
TEST_CASE("a Classic load balancer is made, attached and described", "[aws][elb]") {
  SmallCloud cloud;
  CHECK(cloud
            .call("CreateLoadBalancer",
                  R"({"LoadBalancerName": "old", "Listeners": [{"Protocol": "HTTP",
    "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}]})")
            .contains("DNSName"));
  cloud.call("ConfigureHealthCheck",
             R"({"LoadBalancerName": "old", "HealthCheck": {"Target": "HTTP:80/", "Interval": 10,
    "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 2}})");
  const auto registered = cloud.call("RegisterInstancesWithLoadBalancer",
                                     R"({"LoadBalancerName": "old", "Instances": ["i-1", "i-2"]})");
  CHECK(registered["Instances"].size() == 2);
  const auto health =
      cloud.call("DescribeInstanceHealth", R"({"LoadBalancerName": "old"})")["InstanceStates"];
  CHECK(health[0]["State"] == "OutOfService");
  CHECK(health[0]["Description"] == "Instance registration is still in progress.");
  CHECK(cloud
            .call("DeregisterInstancesFromLoadBalancer",
                  R"({"LoadBalancerName": "old", "Instances": ["i-1"]})")["Instances"]
            .size() == 1);
  const auto attributes =
      cloud.call("elb:ModifyLoadBalancerAttributes", R"({"LoadBalancerName": "old",
    "LoadBalancerAttributes": {"ConnectionDraining": {"Enabled": true, "Timeout": 60}}})");
  CHECK(attributes["LoadBalancerAttributes"]["ConnectionDraining"]["Timeout"] == 60);
  const auto described = cloud.call("DescribeLoadBalancers", R"({"LoadBalancerNames": ["old"]})");
  CHECK(described["LoadBalancerDescriptions"][0]["HealthCheck"]["Target"] == "HTTP:80/");
  CHECK_THAT(error(cloud.call("DescribeInstanceHealth", R"({"LoadBalancerName": "none"})")),
             StartsWith("LoadBalancerNotFound"));
  CHECK_THAT(
      error(cloud.call("RegisterInstancesWithLoadBalancer",
                       R"({"LoadBalancerName": "old", "Instances": [{"InstanceId": "i-9"}]})")),
      StartsWith("InvalidInstance"));
  CHECK(error(cloud.call("DeleteLoadBalancer", R"({"LoadBalancerName": "none"})")) == "");
}

// elb.md 1.8, 7.3: policies are made, then set on a listener; Describe shows both.
TEST_CASE("a Classic listener gets its stickiness policies", "[aws][elb]") {
  SmallCloud cloud;
  cloud.call("elb:CreateLoadBalancer", R"({"LoadBalancerName": "old", "Listeners": [
    {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80},
    {"Protocol": "TCP", "LoadBalancerPort": 90, "InstancePort": 90}]})");
  const auto made = [&](const char* action, const char* rest) {
    return error(
        cloud.call(action, std::string(R"({"LoadBalancerName": "old", "PolicyName": )") + rest));
  };
  CHECK(made("CreateLBCookieStickinessPolicy", R"("hour", "CookieExpirationPeriod": 3600})") == "");
  CHECK(made("CreateAppCookieStickinessPolicy", R"("app", "CookieName": "JSID"})") == "");
  CHECK_THAT(made("CreateLBCookieStickinessPolicy", R"("app"})"),
             StartsWith("DuplicatePolicyName"));
  const auto set = [&](const char* port, const char* names) {
    return error(cloud.call("SetLoadBalancerPoliciesOfListener",
                            std::string(R"({"LoadBalancerName": "old", "LoadBalancerPort": )") +
                                port + R"(, "PolicyNames": )" + names + "}"));
  };
  CHECK_THAT(set("81", R"(["app"])"), StartsWith("ListenerNotFound"));
  CHECK_THAT(set("80", R"(["none"])"), StartsWith("PolicyNotFound"));
  CHECK_THAT(set("80", R"(["app", "hour"])"), StartsWith("InvalidConfigurationRequest"));
  CHECK_THAT(set("90", R"(["app"])"), StartsWith("InvalidConfigurationRequest"));
  CHECK(set("80", R"(["app"])") == "");
  CHECK_THAT(made("DeleteLoadBalancerPolicy", R"("app"})"),
             StartsWith("InvalidConfigurationRequest"));
  CHECK(made("DeleteLoadBalancerPolicy", R"("hour"})") == "");
  const auto described = cloud.call(
      "DescribeLoadBalancers", R"({"LoadBalancerNames": ["old"]})")["LoadBalancerDescriptions"][0];
  CHECK(described["ListenerDescriptions"][0]["PolicyNames"] == Json::array({"app"}));
  CHECK(described["Policies"]["AppCookieStickinessPolicies"][0]["CookieName"] == "JSID");
  CHECK(described["Policies"]["LBCookieStickinessPolicies"].empty());
  CHECK(set("80", "[]") == "");
}

// elb.md 2.2, 2.10, 2.12, 2.13: what is set is shown; what contradicts is refused as a whole.
TEST_CASE("attributes about zones and stickiness are set and shown", "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  const auto set = [&](const char* attributes) {
    return error(
        cloud.call("ModifyTargetGroupAttributes",
                   std::string(R"({"TargetGroupArn": "web", "Attributes": )") + attributes + "}"));
  };
  const auto shown = [&](const char* key) {
    const auto all =
        cloud.call("DescribeTargetGroupAttributes", R"({"TargetGroupArn": "web"})")["Attributes"];
    for (const auto& one : all) {
      if (one["Key"] == key) return one["Value"].get<std::string>();
    }
    return std::string("nothing");
  };
  const char* const cross_zone = "load_balancing.cross_zone.enabled";
  const char* const dns = "target_group_health.dns_failover.minimum_healthy_targets.count";
  CHECK(shown(cross_zone) == "use_load_balancer_configuration");
  CHECK(shown(dns) == "1");
  CHECK(shown("target_group_health.dns_failover.minimum_healthy_targets.percentage") == "off");
  CHECK(set(R"({"load_balancing.cross_zone.enabled": "false",
      "target_group_health.dns_failover.minimum_healthy_targets.count": "off"})") == "");
  CHECK(shown(cross_zone) == "false");
  CHECK(shown(dns) == "off");
  CHECK_THAT(set(R"({"stickiness.enabled": "true"})"), StartsWith("ValidationError"));
  CHECK_THAT(
      set(R"({"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "off"})"),
      StartsWith("ValidationError"));
  CHECK(set(R"({"load_balancing.cross_zone.enabled": "true"})") == "");
  CHECK_THAT(set(R"({"stickiness.enabled": "true", "stickiness.type": "app_cookie"})"),
             StartsWith("ValidationError"));
  CHECK(set(R"({"stickiness.enabled": "true", "stickiness.type": "app_cookie",
      "stickiness.app_cookie.cookie_name": "JSID"})") == "");
  CHECK(shown("stickiness.type") == "app_cookie");
}

// elb.md 2.2, 2.13
TEST_CASE("a zonal shift shows in the health of the zone's targets", "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  cloud.call("RegisterTargets",
             R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-1", "Port": 80}]})");
  const auto described = [&] {
    return cloud.call("DescribeTargetHealth",
                      R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"][0];
  };
  CHECK_FALSE(described().contains("AdministrativeOverride"));
  cloud.call("elbv2:ModifyLoadBalancerAttributes", R"({"LoadBalancerArn": "front",
      "Attributes": [{"Key": "zonal_shift.config.enabled", "Value": "true"}]})");
  const std::string zone = described()["Target"].value("AvailabilityZone", "us-east-1a");
  REQUIRE(cloud.world.elb().start_zonal_shift("front", zone));
  CHECK(described()["AdministrativeOverride"]["State"] == "zonal_shift_active");
  cloud.world.elb().end_zonal_shift("front");
  CHECK_FALSE(described().contains("AdministrativeOverride"));
}

// elb.md 2.1, 7.2.
TEST_CASE("an Application load balancer and its target group are made and changed",
          "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  const auto groups = cloud.call("DescribeTargetGroups", R"({"Names": ["web"]})")["TargetGroups"];
  const std::string arn = groups[0]["TargetGroupArn"];
  CHECK_THAT(arn,
             StartsWith("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/"));
  CHECK(error(cloud.call("RegisterTargets", R"({"TargetGroupArn": ")" + arn +
                                                R"(", "Targets": [{"Id": "i-1", "Port": 80}]})")) ==
        "");
  auto health = cloud.call("DescribeTargetHealth",
                           R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"];
  CHECK(health[0]["TargetHealth"]["State"] == "initial");
  health = cloud.call("DescribeTargetHealth",
                      R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-2", "Port": 80}]})")
               ["TargetHealthDescriptions"];
  CHECK(health[0]["TargetHealth"]["Reason"] == "Target.NotRegistered");
  CHECK(error(cloud.call("DeregisterTargets",
                         R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-2"}]})")) == "");
  cloud.call(
      "ModifyTargetGroupAttributes",
      R"({"TargetGroupArn": "web", "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]})");
  CHECK(cloud.world.elb().target_group("web")->deregistration_delay == 5s);
  CHECK_THAT(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "web"})")),
             StartsWith("ResourceInUse"));
  CHECK_THAT(error(cloud.call("DescribeTargetHealth", R"({"TargetGroupArn": "none"})")),
             StartsWith("TargetGroupNotFound"));
  CHECK_THAT(
      error(cloud.call(
          "CreateListener",
          R"({"LoadBalancerArn": "front", "Port": 80, "Protocol": "HTTP", "forward": "web"})")),
      StartsWith("DuplicateListener"));
  CHECK(cloud.call("elbv2:DescribeLoadBalancers",
                   R"({"Names": ["front"]})")["LoadBalancers"][0]["State"]["Code"] == "active");
}

// elb.md 2.11, 7.2: weights change by ModifyRule and ModifyListener; a listener that is made with a
// bad rule is not made at all.
TEST_CASE("rules are made, shown, changed and deleted", "[aws][rules]") {
  SmallCloud cloud;
  for (const char* name : {"blue", "green"})
    cloud.call("CreateTargetGroup", std::string(R"({"Name": ")") + name + "\"}");
  cloud.call("elbv2:CreateLoadBalancer", R"({"Name": "front", "Type": "application"})");
  const std::string bad = R"({"LoadBalancerArn": "front", "Port": 80, "forward": "blue",
    "rules": [{"Priority": 1, "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}], "forward": "nope"}]})";
  CHECK_THAT(error(cloud.call("CreateListener", bad)), StartsWith("TargetGroupNotFound"));
  CHECK(cloud.call("DescribeListeners", R"({"LoadBalancerArn": "front"})")["Listeners"].empty());
  const Json listener =
      cloud.call("CreateListener",
                 R"({"LoadBalancerArn": "front", "Port": 80, "Protocol": "HTTP", "DefaultActions":
    [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]})");
  REQUIRE(error(listener) == "");
  const Json rule = cloud.call("CreateRule", R"({"ListenerArn": "front:80", "Priority": 7,
    "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}},
                   {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}}],
    "Actions": [{"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": [
      {"TargetGroupArn": "blue", "Weight": 9}, {"TargetGroupArn": "green"}],
      "TargetGroupStickinessConfig": {"Enabled": true, "DurationSeconds": 60}}}]})");
  REQUIRE(error(rule) == "");
  const Json made = rule["Rules"][0];
  CHECK(made["Priority"] == "7");
  CHECK(made["IsDefault"] == false);
  CHECK_THAT(made["RuleArn"].get<std::string>(), Catch::Contains(":listener-rule/app/front/"));
  CHECK(made["Conditions"][0]["Values"][0] == "*.example.com");
  CHECK(made["Conditions"][1]["QueryStringConfig"]["Values"][0]["Key"] == "v");
  const Json forward = made["Actions"][0]["ForwardConfig"];
  CHECK(forward["TargetGroups"][0]["Weight"] == 9);
  CHECK(forward["TargetGroups"][1]["Weight"] == 1);
  CHECK(forward["TargetGroupStickinessConfig"]["DurationSeconds"] == 60);
  // What Describe shows can be sent back.
  Json again = {{"ListenerArn", "front:80"},
                {"Priority", 8},
                {"Conditions", made["Conditions"]},
                {"Actions", made["Actions"]}};
  CHECK(error(cloud.call("CreateRule", again.dump())) == "");
  CHECK_THAT(error(cloud.call("CreateRule", again.dump())), StartsWith("PriorityInUse"));
  CHECK(error(cloud.call("ModifyRule", R"({"RuleArn": "front:80/8", "Actions":
    [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_302"}}]})")) ==
        "");
  CHECK(error(cloud.call("SetRulePriorities", R"({"RulePriorities": [
    {"RuleArn": "front:80/7", "Priority": 8}, {"RuleArn": "front:80/8", "Priority": 7}]})")) == "");
  const Json shown = cloud.call("DescribeRules", R"({"ListenerArn": "front:80"})")["Rules"];
  REQUIRE(shown.size() == 3);
  CHECK(shown[0]["Actions"][0]["RedirectConfig"]["Host"] == "#{host}");
  CHECK(shown[0]["Actions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_302");
  CHECK(shown[1]["RuleArn"] == made["RuleArn"]);
  CHECK(shown[2]["IsDefault"] == true);
  CHECK(shown[2]["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "404");
  CHECK_THAT(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "green"})")),
             StartsWith("ResourceInUse"));
  CHECK(error(cloud.call("DeleteRule", R"({"RuleArn": "front:80/8"})")) == "");
  CHECK_THAT(error(cloud.call("DeleteRule", R"({"RuleArn": "front:80/8"})")),
             StartsWith("RuleNotFound"));
  CHECK(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "green"})")) == "");
  CHECK_THAT(
      error(cloud.call("CreateRule", R"({"ListenerArn": "front:80", "Priority": 9, "Conditions":
    [{"Field": "path-pattern", "Values": ["/"]}], "Actions": [{"Type": "authenticate-oidc"}]})")),
      Catch::Contains("identity"));
}

#include "tests/harness/aws/small_cloud.h"
#include "tests/support/catch.h"

using namespace steady;
using Catch::Contains;
using test::error;
using test::SmallCloud;

namespace {

std::string attribute(const Json& answer, const std::string& key) {
  for (const auto& one : answer["Attributes"]) {
    if (one["Key"] == key) return one["Value"];
  }
  return "";
}

/// Target group "tcp" behind Network load balancer "net".
struct Network : SmallCloud {
  Network() : SmallCloud({.machines = 1}) {
    call("CreateTargetGroup", R"({"Name": "tcp", "Protocol": "TCP", "Port": 80})");
    call("elbv2:CreateLoadBalancer",
         R"({"Name": "net", "Type": "network", "AvailabilityZones": ["us-east-1a"]})");
    call("CreateListener",
         R"({"LoadBalancerArn": "net", "Port": 80, "Protocol": "TCP", "forward": "tcp"})");
  }
};

}  // namespace

// elb.md 3.2: TCP by default, 30 s, 10 s for TCP and HTTPS and 6 s for HTTP, matcher 200-399.
TEST_CASE("target groups of a Network load balancer have defaults of their own", "[aws][network]") {
  SmallCloud cloud({.machines = 1});
  const auto tcp =
      cloud.call("CreateTargetGroup", R"({"Name": "tcp", "Protocol": "TCP", "Port": 80})");
  const auto& group = tcp["TargetGroups"][0];
  CHECK(group["Protocol"] == "TCP");
  CHECK(group["HealthCheckProtocol"] == "TCP");
  CHECK(group["HealthCheckTimeoutSeconds"] == 10);
  CHECK_FALSE(group.contains("HealthCheckPath"));
  CHECK_FALSE(group.contains("Matcher"));
  const auto http = cloud.call("CreateTargetGroup", R"({"Name": "http", "Protocol": "TLS",
      "Port": 443, "HealthCheckProtocol": "HTTP"})")["TargetGroups"][0];
  CHECK(http["HealthCheckTimeoutSeconds"] == 6);
  CHECK(http["Matcher"]["HttpCode"] == "200-399");
  CHECK(http["HealthCheckPath"] == "/");
  const auto https = cloud.call("CreateTargetGroup", R"({"Name": "https", "Protocol": "TCP",
      "Port": 443, "HealthCheckProtocol": "HTTPS"})")["TargetGroups"][0];
  CHECK(https["HealthCheckTimeoutSeconds"] == 10);
  CHECK_THAT(error(cloud.call("CreateTargetGroup", R"({"Name": "bad", "Protocol": "TCP",
      "Port": 80, "HealthCheckPath": "/"})")),
             Contains("HealthCheckPath"));
}

// elb.md 3.1: what is not modelled says so.
TEST_CASE("datagrams and cookies do not go through a Network load balancer", "[aws][network]") {
  Network cloud;
  for (const char* protocol : {"UDP", "TCP_UDP", "QUIC", "TCP_QUIC"}) {
    const std::string input =
        std::string(R"({"Name": "x", "Port": 80, "Protocol": ")") + protocol + "\"}";
    CHECK_THAT(error(cloud.call("CreateTargetGroup", input)), Contains("not modelled yet"));
    CHECK_THAT(
        error(cloud.call("CreateListener", std::string(R"({"LoadBalancerArn": "net", "Port": 81,
        "forward": "tcp", "Protocol": ")") + protocol +
                                               "\"}")),
        Contains("not modelled yet"));
  }
  CHECK_THAT(error(cloud.call("ModifyTargetGroupAttributes", R"({"TargetGroupArn": "tcp",
      "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]})")),
             Contains("Stickiness by cookies"));
  CHECK_THAT(error(cloud.call("CreateListener", R"({"LoadBalancerArn": "net", "Port": 82,
      "Protocol": "HTTP", "forward": "tcp"})")),
             Contains("[TCP, TLS]"));
}

// elb.md 3.2, 3.3: names, defaults, ranges; termination has to be off before there is an interval.
TEST_CASE("attributes of TCP groups are given back and checked", "[aws][network]") {
  Network cloud;
  const auto before = cloud.call("DescribeTargetGroupAttributes", R"({"TargetGroupArn": "tcp"})");
  CHECK(attribute(before, "deregistration_delay.timeout_seconds") == "300");
  CHECK(attribute(before, "deregistration_delay.connection_termination.enabled") == "false");
  CHECK(attribute(before, "target_health_state.unhealthy.connection_termination.enabled") ==
        "true");
  CHECK(attribute(before, "load_balancing.algorithm.type").empty());
  const std::string interval =
      R"({"Key": "target_health_state.unhealthy.draining_interval_seconds", "Value": "60"})";
  CHECK_THAT(error(cloud.call("ModifyTargetGroupAttributes",
                              R"({"TargetGroupArn": "tcp", "Attributes": [)" + interval + "]}")),
             Contains("must be false before"));
  const auto after = cloud.call("ModifyTargetGroupAttributes",
                                R"({"TargetGroupArn": "tcp", "Attributes": [{"Value": "false",
      "Key": "target_health_state.unhealthy.connection_termination.enabled"}, )" +
                                    interval + "]}");
  CHECK(attribute(after, "target_health_state.unhealthy.draining_interval_seconds") == "60");
}

// elb.md 3.4: 350 s unless changed, per listener, 60 to 6000.
TEST_CASE("a TCP listener has an idle time-out of its own", "[aws][network]") {
  Network cloud;
  const std::string key = "tcp.idle_timeout.seconds";
  const auto describe = [&] {
    return attribute(cloud.call("DescribeListenerAttributes", R"({"ListenerArn": "net:80"})"), key);
  };
  CHECK(describe() == "350");
  const auto modify = [&](const std::string& listener, const std::string& seconds) {
    return cloud.call("ModifyListenerAttributes", R"({"ListenerArn": ")" + listener +
                                                      R"(", "Attributes": [{"Key": ")" + key +
                                                      R"(", "Value": ")" + seconds + "\"}]}");
  };
  CHECK(attribute(modify("net:80", "400"), key) == "400");
  CHECK(describe() == "400");
  CHECK_THAT(error(modify("net:80", "59")), Contains("60"));
  CHECK_THAT(error(modify("net:81", "60")), Contains("ListenerNotFound"));
  cloud.web();
  CHECK_THAT(error(modify("front:80", "60")), Contains("TCP listeners"));
}

// elb.md 7.1, and the balancer's own attributes; elb.md 2.14 for the range of the client's.
TEST_CASE("a Network load balancer is described as one", "[aws][network]") {
  Network cloud;
  const auto balancer = cloud.call("elbv2:DescribeLoadBalancers", "{}")["LoadBalancers"][0];
  CHECK(balancer["Type"] == "network");
  CHECK_THAT(balancer["LoadBalancerArn"].get<std::string>(), Contains("loadbalancer/net/net/"));
  const auto modify = [&](const std::string& name, const std::string& key,
                          const std::string& value) {
    return error(cloud.call("elbv2:ModifyLoadBalancerAttributes",
                            R"({"LoadBalancerArn": ")" + name + R"(", "Attributes": [{"Key": ")" +
                                key + R"(", "Value": ")" + value + "\"}]}"));
  };
  CHECK_THAT(modify("net", "idle_timeout.timeout_seconds", "60"), Contains("not modelled yet"));
  CHECK(modify("net", "dns_record.client_routing_policy", "any_availability_zone").empty());
  CHECK_THAT(modify("net", "dns_record.client_routing_policy", "availability_zone_affinity"),
             Contains("not modelled yet") || Contains("own zone"));
  cloud.web();
  CHECK(modify("front", "client_keep_alive.seconds", "604800").empty());
  CHECK_THAT(modify("front", "client_keep_alive.seconds", "59"), Contains("60"));
}

#include "harness/aws/fields.h"
#include "harness/scenario/scenario.h"
#include "sim/core/calendar.h"

namespace steady::scenario {
namespace {

Json text(const char* description) {
  return Json{{"type", "string"}, {"description", description}};
}
Json object(const char* description, Json properties, bool closed) {
  Json json{
      {"type", "object"}, {"description", description}, {"properties", std::move(properties)}};
  if (closed) json["additionalProperties"] = false;
  return json;
}
Json list(const char* description, Json items) {
  return Json{{"type", "array"}, {"description", description}, {"items", std::move(items)}};
}
Json choice(std::vector<std::string> words) { return Json{{"enum", std::move(words)}}; }

}  // namespace

Json schema() {
  const Json duration = text("a duration such as 250ms, 30s, 5m");
  const Json distribution{
      {"description", "a duration, or a named distribution"},
      {"oneOf",
       Json::array(
           {duration, Json{{"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}}})}};
  const Json number{{"type", "integer"}};
  const Json flag{{"type", "boolean"}};
  const Json decimal{{"type", Json::array({"number", "string"})},
                     {"description", "a decimal number such as 0.5"}};
  const Json size = text("a size such as 64KiB, 200MiB");
  const Json strings = list("names", text("a name"));
  const Json aws{{"type", "object"}, {"description", "AWS's own shape"}};
  Json app = object(
      "how a revision or an image behaves",
      Json{{"like", text("another app whose values are taken")},
           {"startup", distribution},
           {"pull", distribution},
           {"imagePull", choice({"ok", "fail"})},
           {"readyAfter", distribution},
           {"serviceTime", distribution},
           {"concurrency", number},
           {"backlog", number},
           {"errorRate", Json{{"type", "number"}}},
           {"errorsExpected", flag},
           {"crash", choice({"on start", "never"})},
           {"exitAfter", distribution},
           {"exitCode", number},
           {"neverHealthy", flag},
           {"healthyFor", distribution},
           {"onSigterm", choice({"finish", "exit", "ignore"})},
           {"closesStreams", flag},
           {"preStop", duration},
           {"health", choice({"independent", "queued", "schema"})},
           {"keepsAssetsOf", strings},
           {"reads", strings},
           {"writes", strings},
           {"page", text("what GET / shows")},
           {"port", number},
           {"keepAlive", duration},
           {"closeRace", duration},
           {"cookie", Json{{"description", "the cookie of its sessions, or name and life"},
                           {"type", Json::array({"string", "object"})}}},
           {"coldStart", object("slow first requests of a process",
                                Json{{"requests", number}, {"factor", number}}, true)},
           {"dependencies", list("what each request waits for",
                                 object("another service",
                                        Json{{"name", text("for causes and faults")},
                                             {"latency", distribution},
                                             {"timeout", duration},
                                             {"errorRate", Json{{"type", "number"}}}},
                                        true))},
           {"shed", object("503 at once beyond so many that wait", Json{{"queue", number}}, true)},
           {"queueTimeout", duration},
           {"pauses", object("the process stands still",
                             Json{{"every", distribution}, {"for", distribution}}, true)},
           {"cpu",
            object("vCPUs that it wants", Json{{"busy", decimal}, {"starting", decimal}}, true)},
           {"memory",
            object("how its memory grows",
                   Json{{"start", size}, {"perRequest", size}, {"perMinute", size}}, true)}},
      true);
  Json step =
      object("one step",
             Json{{"at", duration},
                  {"every", duration},
                  {"repeat", number},
                  {"deploy", Json{{"description", "a revision, or an engine with its options"},
                                  {"type", Json::array({"string", "object"})}}},
                  {"call", aws},
                  {"fault", Json{{"type", "object"}}},
                  {"migration", Json{{"type", "object"}}},
                  {"get", text("a load balancer")}},
             true);
  step["required"] = {"at"};
  const Json steps = object("growing waits",
                            Json{{"base", duration},
                                 {"cap", duration},
                                 {"jitter", choice({"none", "full", "equal", "decorrelated"})}},
                            true);
  Json retry = object(
      "how clients send again what failed",
      Json{{"attempts", number},
           {"backoff", object("the wait between two attempts",
                              Json{{"fixed", duration}, {"exponential", steps}}, true)},
           {"on", list("outcomes that are sent again",
                       choice({"app_error", "refused", "reset", "no_target", "timeout", "overflow",
                               "client_gave_up"}))},
           {"budget", object("retries as a share of the traffic",
                             Json{{"ratio", Json{{"type", "number"}}}, {"burst", number}}, true)},
           {"deadline", duration}},
      true);
  retry["required"] = {"attempts"};
  const Json retries{{"anyOf", Json::array({number, retry})}};
  Json stream = object("long connections instead of requests",
                       Json{{"life", distribution}, {"reconnect", distribution}}, true);
  stream["required"] = {"life"};
  const Json connections = object("how each client keeps its connections",
                                  Json{{"each", number},
                                       {"life", distribution},
                                       {"idle", duration},
                                       {"tcpKeepAlive", Json{{"type", "boolean"}}}},
                                  true);
  const Json trace = object("recorded requests, sent again",
                            Json{{"file", text("an access log or CSV")},
                                 {"align", choice({"first", "clock"})},
                                 {"stretch", Json{{"type", "number"}}},
                                 {"keep", Json{{"type", "number"}}}},
                            true);
  const Json request = object("what the requests ask for",
                              Json{{"url", text("path, or whole URL")},
                                   {"method", text("GET when left out")},
                                   {"headers", Json{{"type", "object"}}},
                                   {"sourceIp", text("an address")}},
                              true);
  const Json rate = text("a rate such as 500/s");
  const Json rates = object(
      "one of rate, rates, diurnal and bursts",
      Json{{"rate", rate},
           {"rates",
            list("marks",
                 object("from here on",
                        Json{{"at", duration}, {"rate", rate}, {"ramp", Json{{"type", "boolean"}}}},
                        true))},
           {"diurnal",
            object("a daily rhythm",
                   Json{{"low", rate}, {"high", rate}, {"peak", duration}, {"period", duration}},
                   true)},
           {"bursts", list("states of a rate that changes by chance",
                           object("a state", Json{{"rate", rate}, {"stay", duration}}, true))}},
      true);
  const Json crowd = object(
      "many who come at once",
      Json{{"at", duration}, {"rate", rate}, {"rise", duration}, {"halfLife", duration}}, true);
  const Json requested{{"anyOf", Json::array({text("a URL"), request})}};
  const Json real{{"type", "number"}};
  Json users = object("a closed loop",
                      Json{{"number", number},
                           {"rampUp", duration},
                           {"think", distribution},
                           {"pace", distribution}},
                      true);
  users["required"] = {"number"};
  const Json geometric = object("about so many", Json{{"mean", real}}, true);
  const Json pareto =
      object("a heavy tail", Json{{"minimum", real}, {"shape", real}, {"most", number}}, true);
  const Json count{
      {"anyOf",
       Json::array(
           {number, object("drawn", Json{{"geometric", geometric}, {"pareto", pareto}}, true)})}};
  Json sessions = object("each arrival is a client with several requests",
                         Json{{"requests", count}, {"think", distribution}}, true);
  sessions["required"] = {"requests", "think"};
  Json page = object("each request is for a page with assets",
                     Json{{"assets", number}, {"request", requested}}, true);
  page["required"] = {"assets"};
  Json hedge = object("a second attempt", Json{{"after", duration}}, true);
  hedge["required"] = {"after"};
  const Json at_once{
      {"anyOf", Json::array({number, object("of each client",
                                            Json{{"connections", number},
                                                 {"protocol", choice({"HTTP/1.1", "HTTP/2"})}},
                                            true)})}};
  const Json follow{{"anyOf", Json::array({Json{{"type", "boolean"}}, number})}};
  const Json upload{
      {"anyOf", Json::array({distribution,
                             object("how long the body takes to arrive",
                                    Json{{"takes", distribution}, {"stallRate", real}}, true)})}};
  const Json download{
      {"anyOf", Json::array({distribution, object("how long the answer takes to be read",
                                                  Json{{"takes", distribution},
                                                       {"holdsWorker", Json{{"type", "boolean"}}}},
                                                  true)})}};
  Json source = object("one source of requests",
                       Json{{"to", text("a load balancer")},
                            {"name", text("")},
                            {"port", number},
                            {"constant", rates},
                            {"poisson", rates},
                            {"trace", trace},
                            {"stream", stream},
                            {"spike", Json{{"type", "object"}}},
                            {"flashCrowd", crowd},
                            {"timeout", duration},
                            {"dnsTtl", duration},
                            {"clients", number},
                            {"connections", Json{{"anyOf", Json::array({number, connections})}}},
                            {"request", requested},
                            {"users", users},
                            {"sessions", sessions},
                            {"page", page},
                            {"hedge", hedge},
                            {"atOnce", at_once},
                            {"followRedirects", follow},
                            {"upload", upload},
                            {"download", download},
                            {"retries", retries}},
                       true);
  source["required"] = {"to"};
  Json behaviour =
      object("switches where sources disagree",
             Json{{"stopOrder", choice({"dereg_wait_full", "dereg_and_sigterm_together",
                                        "dereg_wait_inflight", "sigterm_first"})},
                  {"stopTaskDeregisterGap", duration},
                  {"deregisterPropagation", distribution},
                  {"registerPropagation", distribution},
                  {"networkDeregisterPropagation", distribution},
                  {"networkRegisterPropagation", distribution},
                  {"networkUnhealthyPropagation", distribution},
                  {"rulePropagation", distribution},
                  {"classicRegistration", distribution},
                  {"initialSuccessThreshold", Json{{"enum", Json::array({1, "configured"})}}},
                  {"stoppingCountsTowardsMax", choice({"no", "yes"})},
                  {"placementRetryWake", choice({"yes", "no"})},
                  {"exitAfterRunningCounts", choice({"no", "yes"})},
                  {"bothPercentsHundred", choice({"accept", "reject"})},
                  {"classicDrainWait", choice({"out_of_service", "full"})},
                  {"firstCheck", choice({"random_phase", "immediate"})},
                  {"schedulerPass", duration},
                  {"nodesPerZone", number},
                  {"classicConnectRetries", number},
                  {"eniAttach", distribution},
                  {"eniDetach", distribution},
                  {"hostLostNotice", duration}},
             true);
  const Json names = choice({"alb", "haproxy", "envoy", "nginx", "kubernetes"});
  const Json tries = object(
      "tries before the client hears of a failure",
      Json{{"attempts", number},
           {"to", choice({"same", "elsewhere", "redispatch"})},
           {"wait", duration},
           {"on", list("what is tried again", choice({"connect", "reset", "timeout", "5xx"}))},
           {"nonIdempotent", flag}},
      true);
  const Json proxy = object(
      "how another proxy behaves",
      Json{{"like", names},
           {"newRequests", choice({"none", "sticky"})},
           {"endpointUpdate", distribution},
           {"inFlight", choice({"delay", "finish", "cut"})},
           {"atTimeout", choice({"502", "reset", "keep"})},
           {"unhealthyInFlight", choice({"finish", "cut"})},
           {"failOpenBelow", Json{{"anyOf", Json::array({number, choice({"never"})})}}},
           {"connectTimeout", duration},
           {"retries", Json{{"anyOf", Json::array({number, tries})}}},
           {"passiveHealth", object("health by failures",
                                    Json{{"maxFails", number}, {"failTimeout", duration}}, true)},
           {"slowStart", duration},
           {"stopSignal", choice({"afterDrain", "together"})}},
      true);
  const Json application{
      {"type", "object"},
      {"description", "AWS's own shape, with pool and proxy"},
      {"properties", Json{{"proxy", Json{{"anyOf", Json::array({names, proxy})}}}}}};
  Json cloud = object("what is there at time 0",
                      Json{{"zones", strings},
                           {"clusters", strings},
                           {"instances", list("machines", aws)},
                           {"autoScalingGroups", list("groups", aws)},
                           {"targetGroups", list("target groups", aws)},
                           {"loadBalancers", list("Application load balancers", application)},
                           {"classicLoadBalancers", list("Classic load balancers", aws)}},
                      true);
  const Json flow = object("traffic as a flow", Json{{"step", duration}}, true);
  const Json fluid{{"anyOf", Json::array({Json{{"type", "boolean"}}, flow})}};
  Json root = object("A Steadystate scenario",
                     Json{{"$schema", text("")},
                          {"version", Json{{"const", 1}}},
                          {"name", text("the claim that the file tests")},
                          {"why", text("why the claim holds")},
                          {"seed", number},
                          {"duration", duration},
                          {"start", text("a date")},
                          {"era", Json{{"type", Json::array({"string", "integer"})}}},
                          {"behaviour", behaviour},
                          {"cloud", cloud},
                          {"taskDefinitions", list("what register-task-definition takes", aws)},
                          {"services", list("what create-service takes", aws)},
                          {"apps", Json{{"type", "object"}, {"additionalProperties", app}}},
                          {"schema", object("the database", Json{{"columns", strings}}, true)},
                          {"traffic", Json{{"anyOf", Json::array({source, list("sources", source),
                                                                  Json{{"type", "null"}}})}}},
                          {"fluid", fluid},
                          {"timeline", list("steps", step)},
                          {"expect", list("conditions", text("a condition"))},
                          {"variants", Json{{"type", "object"},
                                            {"additionalProperties", Json{{"type", "object"}}}}}},
                     true);
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "Steadystate scenario"}};
  for (auto& [key, value] : root.items()) schema[key] = value;
  schema["required"] = {"version", "name", "why"};
  return schema;
}

std::string first_file() {
  return R"json({
  // A first scenario: four tasks behind an Application load balancer, and one deploy.
  // Try: steady run THIS --set /services/0/desiredCount=8
  "version": 1,
  "name": "my first deploy drops nothing",
  "why": "New tasks are healthy before old ones leave, and old ones drain.",
  "seed": 1,
  "duration": "15m",
  "cloud": {
    "zones": ["us-east-1a", "us-east-1b"],
    "instances": [{ "count": 4, "cluster": "main", "instanceType": "m5.large" }],
    // What `aws elbv2 create-target-group` takes.
    "targetGroups": [
      { "Name": "web", "Protocol": "HTTP", "Port": 80, "HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 10,
        "attributes": { "deregistration_delay.timeout_seconds": "30" } }
    ],
    "loadBalancers": [{ "Name": "front", "Type": "application", "listeners": [{ "Port": 80, "forward": "web" }] }]
  },
  // What `aws ecs register-task-definition --cli-input-json` takes: paste your own.
  "taskDefinitions": [
    { "family": "web", "containerDefinitions": [
        { "name": "web", "image": "web:1", "cpu": 256, "memory": 512, "portMappings": [{ "containerPort": 80, "hostPort": 0 }] } ] },
    { "family": "web", "containerDefinitions": [
        { "name": "web", "image": "web:2", "cpu": 256, "memory": 512, "portMappings": [{ "containerPort": 80, "hostPort": 0 }] } ] }
  ],
  // What `aws ecs create-service` takes.
  "services": [
    { "cluster": "main", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 4,
      "loadBalancers": [{ "targetGroup": "web", "containerName": "web", "containerPort": 80 }] }
  ],
  // How each revision behaves: AWS has no word for it, so these keys are ours.
  "apps": {
    "web:1": { "startup": "20s", "serviceTime": { "lognormal": { "median": "50ms", "p99": "400ms" } }, "concurrency": 20 },
    "web:2": { "like": "web:1" }
  },
  "traffic": [{ "to": "front", "poisson": { "rate": "100/s" } }],
  "timeline": [{ "at": "2m", "deploy": "web:2" }],
  "expect": ["requests.dropped == 0", "service web reaches steady state within 10m"]
}
)json";
}

}  // namespace steady::scenario

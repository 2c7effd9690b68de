#include "sim/fluid/supported.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace steady::fluid {

std::vector<std::string> unsupported(const traffic::SourceSpec& source) {
  std::vector<std::string> found;
  if (source.clients != 0) found.emplace_back("a population of clients ('clients')");
  if (source.retry.retries()) found.emplace_back("clients that retry ('retries')");
  if (source.stream) found.emplace_back("long connections ('stream')");
  if (source.trace) found.emplace_back("recorded requests ('trace')");
  if (source.users) found.emplace_back("people who wait for answers ('users')");
  if (source.sessions) found.emplace_back("requests one after the other ('sessions')");
  if (source.page) found.emplace_back("pages and their assets ('page')");
  if (source.hedge) found.emplace_back("a second attempt beside the first ('hedge')");
  if (source.transfer) found.emplace_back("bodies that take their time ('upload', 'download')");
  if (source.redirects > 0) found.emplace_back("clients that follow redirects ('followRedirects')");
  if (source.at_once > 0) found.emplace_back("clients with so many connections ('atOnce')");
  if (found.empty() && !source.is_simple())
    found.emplace_back("clients that do more than send and wait");
  return found;
}

std::vector<std::string> unsupported(const app::AppModel& model) {
  std::vector<std::string> found;
  if (!(model.service_time.mean_seconds() < std::numeric_limits<double>::infinity()))
    found.emplace_back("a service time without a mean");
  if (model.cold_requests != 0) found.emplace_back("slow first requests ('coldStart')");
  if (!model.dependencies.empty()) found.emplace_back("calls of others ('dependencies')");
  if (model.pauses) found.emplace_back("processes that stand still ('pauses')");
  if (model.cpu) found.emplace_back("processors that are shared ('cpu')");
  if (model.memory) found.emplace_back("memory that grows with requests ('memory')");
  if (model.shed_above) found.emplace_back("an app that sheds ('shed')");
  if (model.queue_timeout) found.emplace_back("an app that sheds ('queueTimeout')");
  // Carried beside what is simple: errors of the app, and columns that are missing.
  app::AppModel rest = model;
  rest.errors_per_million = 0;
  rest.reads.clear();
  rest.writes.clear();
  if (found.empty() && !rest.is_simple())
    found.emplace_back("an app whose requests are not all alike");
  return found;
}

std::vector<std::string> unsupported(elb::Frontend& frontend) {
  std::vector<std::string> found;
  if (frontend.kind == elb::Kind::kNetwork) found.emplace_back("a Network load balancer's flows");
  if (!frontend.routes.empty()) found.emplace_back("a listener with rules or several groups");
  if (frontend.proxy != nullptr) found.emplace_back("another proxy's ways ('proxy')");
  if (frontend.mitigates_anomalies)
    found.emplace_back("weights that follow failures (anomaly mitigation)");
  const auto gone = [](const elb::NodeGroup& node) { return node.gone; };
  if (frontend.dns != nullptr || std::ranges::any_of(frontend.nodes, gone))
    found.emplace_back("nodes that come and go, and the DNS answers that clients hold");
  std::vector<double> shares;
  for (const auto& node : frontend.nodes) {
    if (node.algorithm != nullptr && !node.algorithm->shares(kStart, shares)) {
      found.emplace_back("an algorithm that looks at what is outstanding");
      break;
    }
  }
  // Carried beside what is simple: the race of idle connections, and a surge queue as long as
  // nobody has to wait in it.
  std::optional<Distribution> gap;
  std::size_t surge = 0;
  std::swap(gap, frontend.reuse_gap);
  std::swap(surge, frontend.surge_queue);
  if (found.empty() && !frontend.is_simple())
    found.emplace_back("a listener that does more than forward");
  std::swap(gap, frontend.reuse_gap);
  std::swap(surge, frontend.surge_queue);
  return found;
}

}  // namespace steady::fluid

#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// The surge queue of a Classic balancer's node (elb.md 1.9).
namespace steady::dataplane::testing {

/// Those who still wait where this request goes.
std::deque<std::size_t>& PlainPlane::queue_of(const Request& request) {
  auto& queue = queues_[{request.frontend, request.node}];
  std::erase_if(queue, [this](std::size_t number) { return requests_[number].over; });
  return queue;
}

bool PlainPlane::somebody_waits() {
  return std::ranges::any_of(queues_, [this](const auto& queue) {
    return std::ranges::any_of(queue.second,
                               [this](std::size_t number) { return !requests_[number].over; });
  });
}

bool PlainPlane::has_room(const elb::RouteTarget& target) {
  if (fleet_.reach(target.endpoint) != app::Reach::kProcess) return false;
  const app::ProcessId process = fleet_.process_id_at(target.endpoint);
  const app::AppModel& model = *fleet_.process(process).model;
  const Station& station = stations_[process];
  return station.serving.size() < model.concurrency || station.waiting.size() < model.backlog;
}

void PlainPlane::go_to(std::size_t id, const elb::RouteTarget& target, SimTime now) {
  Request& request = requests_[id];
  request.target = target.target;
  request.so_far.target = fleet_.endpoint_name(target.endpoint);
  request.process = fleet_.process_id_at(target.endpoint);
  request.so_far.version = fleet_.process(request.process).model->revision;
  request.came = now;
  take_in(id, now);
}

void PlainPlane::queue_up(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  // The idle time-out holds for the client's connection, from its sending on (elb.md 1.7).
  request.tried = now;
  request.process = app::Fleet::kNone;
  request.so_far.target.clear();
  request.so_far.version.clear();
  auto& queue = queue_of(request);
  if (queue.size() >= request.frontend->surge_queue)
    return end(id, now, Outcome::kOverflow, std::string(causes::kSurgeFull), 503);
  request.queued = true;
  queue.push_back(id);
  put_deadlines(id, now);
}

/// Whoever waits longest of all that stand first at their nodes, while somebody has room for one.
void PlainPlane::dispatch(SimTime now) {
  for (;;) {
    // An answer that takes no time makes room for the next (seed 21138).
    due(now);
    std::size_t best = requests_.size();
    for (auto& [at, queue] : queues_) {
      std::erase_if(queue, [this](std::size_t number) { return requests_[number].over; });
      if (queue.empty()) continue;
      const Request& first = requests_[queue.front()];
      const auto age = [](const Request& of) {
        return std::tuple(of.so_far.sent, of.source, of.index);
      };
      if (best < requests_.size() && age(requests_[best]) < age(first)) continue;
      const auto& candidates = at.first->nodes[at.second].candidates;
      if (std::ranges::any_of(candidates, [this](const auto& one) { return has_room(one); }))
        best = queue.front();
    }
    if (best == requests_.size()) return;
    Request& request = requests_[best];
    queue_of(request).pop_front();
    request.queued = false;
    const auto& candidates = request.frontend->nodes[request.node].candidates;
    std::size_t chosen = choose(sources_[request.source], request, now);
    while (!has_room(candidates[chosen])) chosen = (chosen + 1) % candidates.size();
    go_to(best, candidates[chosen], now);
  }
}

}  // namespace steady::dataplane::testing

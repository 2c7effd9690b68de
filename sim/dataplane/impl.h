#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/algorithms/least_outstanding_requests.h"
#include "sim/core/check.h"
#include "sim/dataplane/batched/digest.h"
#include "sim/dataplane/blocks.h"
#include "sim/dataplane/causes.h"
#include "sim/dataplane/clients/clients.h"
#include "sim/dataplane/clients/operations.h"
#include "sim/dataplane/clients/places.h"
#include "sim/dataplane/data_plane.h"
#include "sim/dataplane/node_metrics.h"
#include "sim/dataplane/processes/served.h"
#include "sim/dataplane/processes/station.h"
#include "sim/dataplane/routing/departures.h"
#include "sim/dataplane/routing/flows.h"
#include "sim/dataplane/routing/frontend_state.h"
#include "sim/dataplane/routing/target_ends.h"
#include "sim/dataplane/sources/source.h"

/// What the files of this module share; nobody outside sees it.
namespace steady::dataplane {

constexpr std::uint32_t kNoOperation = 0xFFFFFFFFU;

inline std::uint64_t digest_word(const Open& open, std::uint64_t attempts) {
  return digest_word(open.index, open.source, open.sent, open.end,
                     (std::uint64_t{open.cause} << 40) + (attempts << 8) +
                         static_cast<std::uint64_t>(open.outcome));
}

struct DataPlane::Impl {
  EventLoop& loop;
  app::Fleet& fleet;
  database::Database& database;
  RandomSource random;
  Limits limits;
  Ledger& ledger;
  FrontendLookup frontends;
  HostLookup hosts;
  TargetStateLookup target_states;
  std::function<void(const RequestRecord&)> observer;
  std::unique_ptr<NodeMetrics> metrics;
  std::unique_ptr<TargetEndCounts> target_ends;  ///< where somebody looks for anomalies
  std::deque<elb::Redirect> redirects;           ///< all that answered, for records
  bool tells_all = false;  ///< Somebody wants every end: the observer, or the metrics.

  std::vector<Source> sources;
  std::vector<FrontendState> states;
  bool look_up = true;
  bool speeds_change = false;
  SimTime advancing_to{};  ///< what advance() was told
  /// Memory is full before that: nothing is carried from then on, until the control plane has
  /// acted.
  SimTime halt = kNever;
  app::ProcessId halted_by = 0;
  std::vector<std::unique_ptr<Served>> served;  ///< by process
  /// By target: the processes that got its requests.
  std::vector<std::vector<app::ProcessId>> target_processes;
  std::vector<app::EndpointId> endpoint_of_target;  ///< the last one seen, for names
  std::vector<std::vector<FlowsEnded>> flow_ends;   ///< by target
  Ring<Open> lost;                                  ///< requests that no process holds: black holes
  std::vector<Operation> operations;
  std::vector<std::uint32_t> free_operations;
  std::size_t live_operations = 0;
  Moments moments;
  std::set<std::pair<std::uint16_t, std::uint16_t>> surging;  ///< frontend and node: somebody waits
  /// When those that waited were sent to their targets; by source, index and lane, until they are
  /// booked.
  std::map<std::tuple<std::uint16_t, std::uint64_t, std::uint8_t>, SimTime> sent_on;
  bool finishing = false;  ///< nothing new begins: what is open is followed to its end
  std::uint64_t sent = 0, booked = 0, digest = 0, pages = 0;
  Watched watched;

  static constexpr std::uint32_t kNoTarget = ~std::uint32_t{0};
  /// Of what never came to a load balancer, and is not to be counted there.
  static constexpr std::uint16_t kNoFrontend = 0xFFFF;

  struct Batched;
  std::unique_ptr<Batched> batched;

  Impl(EventLoop& l, app::Fleet& f, database::Database& d, RandomSource r, Limits m, Ledger& g);
  ~Impl();

  // booking.cpp
  VersionId version_of(const Open& open) const {
    return open.process == app::Fleet::kNone ? VersionId{0} : served[open.process]->version;
  }
  void book(const Open& open) {
    const VersionId version = version_of(open);
    if (target_ends && !open.retrying) note_end(open);
    if (open.operation == kNoOperation) return count(open, version);
    // The client will look at this end, or has: the request is not over by it.
    if (open.retrying) return;
    count(open, version);
    release(open.operation);
  }
  /// A request is over.
  void count(const Open& open, VersionId version) {
    SimTime first = open.sent;
    SegmentId segment = open.segment;
    std::uint64_t before = 0;
    if (open.operation != kNoOperation) {
      const Operation& operation = operations[open.operation];
      first = operation.first;
      segment = operation.segment;
      before = operation.attempts - 1;
    }
    ledger.add(segment, version, open.outcome, open.cause, open.end - first, open.expected);
    if (sources[open.source].follows) count_followed(open, segment, version);
    ++booked;
    digest += digest_word(open, before);
    if (open.outcome != Outcome::kOk || tells_all) tell(open, version, false);
  }
  void count_followed(const Open& open, SegmentId segment, VersionId version);
  void book_retried(const Open& open);
  void book_beside(const Open& open);
  void book_redirected(const Open& open);
  void tell(const Open& open, VersionId version, bool retried, bool beside = false,
            bool redirected = false);
  std::string target_name(std::uint32_t target) const;
  CauseId cause(Outcome outcome, int status, const char* component, std::string_view text,
                app::GroupId group, std::uint32_t target);

  // carry.cpp
  Served& station_of(app::ProcessId id) {
    return id < served.size() && served[id] ? *served[id] : new_station(id);
  }
  Served& new_station(app::ProcessId id);
  void note_target(std::uint32_t target, app::EndpointId endpoint, app::ProcessId process) {
    if (target < target_processes.size() && !target_processes[target].empty() &&
        target_processes[target].back() == process)
      return;
    new_target_process(target, endpoint, process);
  }
  void new_target_process(std::uint32_t target, app::EndpointId endpoint, app::ProcessId process);
  void prune(Served& at, SimTime now) {
    while (!at.station.open.empty() && at.station.open.front().end <= now) {
      book(at.station.open.front());
      at.station.open.pop();
    }
  }
  void lose(Open& open, Outcome outcome, int status, const char* component, std::string_view text,
            app::GroupId group);
  std::string_view why_refused(app::EndpointId endpoint) const;
  /// What an attempt draws: those of first attempts have been drawn in a batch.
  struct Draws {
    static constexpr std::size_t kNowhere = ~std::size_t{0};
    std::size_t place = kNowhere;  ///< in the source's batch, of what was drawn there
    std::uint64_t word = 0;        ///< of its service time, of what was not
    std::uint32_t attempt = 0, chance = 0, node = 0;
    bool tried_again = false;  ///< by its balancer
    SimDuration life{0};       ///< of a stream
  };
  /// Whose cookies it has.
  std::uint32_t who(const Source& source, const Open& open) const {
    return source.follows ? operations[open.operation].client : source.client(open.index);
  }
  std::size_t choose(Source& source, Open& open, const elb::Frontend& frontend,
                     elb::NodeGroup& node, const PhiloxBlock& route);
  void keep_session(Source& source, const Open& open, const elb::Frontend& frontend,
                    const app::AppModel& model, SimTime now);
  /// A span that may be for ever.
  static SimTime after(SimTime at, SimDuration span) {
    return span >= kNever - at ? kNever : at + span;
  }
  /// Which of its request's attempts it is; 0 for the first.
  std::uint32_t number_of(const Open& open) const {
    const Operation& operation = operations[open.operation];
    return sources[open.source].follows ? operation.tries[open.lane].number
                                        : operation.attempts - 1;
  }
  static void bind(Binding& binding, const elb::Frontend& frontend, app::TargetId target,
                   std::size_t place, SimTime now, bool fresh);
  static bool connection_is_stale(Source& source, const Open& open, std::uint32_t attempt,
                                  const elb::Frontend& frontend, const app::AppModel& model,
                                  const PhiloxBlock& route);
  /// The `place`-th request of the source's batch.
  void accept(std::uint16_t source_number, Source& source, std::size_t place, SimTime now);
  Open sent_now(std::uint16_t source, std::uint64_t index, SimTime now) const;
  void count_sent();
  void carry(Source& source, Open& open, const Draws& draws);
  void carry_up_to(SimTime until);
  void hand_over(Source& source, Open& open, const Draws& draws, const PhiloxBlock& route,
                 elb::RouteTarget target, app::Reach reach, SimTime now, SimTime patience);
  void app_answers(Open& open, Served& at, std::uint32_t chance);
  void plan_end(Open& open, const elb::Frontend& frontend, SimTime came, SimTime patience);
  static void catch_up(Departures& departures, elb::Algorithm& algorithm, SimTime now) {
    if (!algorithm.counts_outstanding()) return;
    if (auto* fewest = algorithm.fewest())
      return departures.catch_up(
          now, [fewest](app::TargetId target, int by) { fewest->change(target, by); });
    departures.catch_up(now, [&](app::TargetId target, int by) {
      by > 0 ? algorithm.began(target) : algorithm.ended(target);
    });
  }
  /// The algorithm that the request's node asks, with its counts as they are `now`.
  elb::Algorithm& up_to_date(const Open& open, elb::NodeGroup& node, SimTime now) {
    catch_up(states[open.frontend].nodes[open.node], *node.algorithm, now);
    return *node.algorithm;
  }
  /// Its node counts it as outstanding from `now` until its end, if it counts.
  static void depart(Open& open, const elb::Algorithm& algorithm, Departures& departures,
                     SimTime now) {
    if (!algorithm.counts_outstanding()) return;
    departures.note(now, open.end, open.target);
    open.counted = true;
  }
  void overflow(Open& open, const elb::Frontend& frontend);
  void serve(Source& source, Open& open, const Draws& draws, Served& at,
             const elb::Frontend& frontend, elb::NodeGroup& node, Departures& departures,
             SimTime now, SimTime patience);
  void hear_nothing(Open& open, const elb::Frontend& frontend, SimTime patience);
  void into_the_dark(Open& open, elb::Frontend& frontend, elb::NodeGroup& node,
                     Departures& departures, SimTime now, SimTime patience);
  void find_frontends();
  std::uint16_t state_of(elb::Frontend* frontend);
  void advance(SimTime until);

  // target_ends.cpp
  void note_end(const Open& open);

  // flows.cpp
  FlowEnds ends_of(const Flow& flow, const Source& source, const elb::Frontend& frontend) const;
  void flow_is_over(const Flow& flow, const Source& source, const elb::Frontend& frontend,
                    SimTime now);
  void count_open_flows();
  FlowFate fate_of(const Flow& flow, const Source& source, const elb::Frontend& frontend,
                   SimTime now) const;
  Flow* kept_flow(Source& source, Open& open, const elb::Frontend& frontend, FlowFate& fate);
  void carry_flow(Source& source, Open& open, const Draws& draws, elb::Frontend& frontend,
                  SimTime patience);
  void reuse(Source& source, Open& open, const Draws& draws, Flow& flow, const FlowFate& fate,
             elb::Frontend& frontend, SimTime patience);
  void watch_flow(const Open& open, SimTime connected);
  void flow_until(const Open& open);
  bool is_forgotten(const Open& open, SimTime now) const;
  void plan_flow(Open& open, const elb::Frontend& frontend, SimTime now, SimTime patience);
  // dns.cpp
  /// The node to which a client's answer leads.
  static std::uint16_t resolve(const Source& source, const Open& open,
                               const elb::DnsAnswers& answers, std::uint32_t draw);

  // ruled.cpp
  const Ruled& ruled(Source& source, const Open& open, const elb::Frontend& listener);
  const Ruled::Way* choose_way(Source& source, const Open& open, const Ruled& by,
                               std::uint32_t attempt);
  void answer(Open& open, CauseId with);

  // surge.cpp
  bool accepts(const elb::RouteTarget& target, SimTime now);
  std::optional<std::size_t> accepting(const elb::NodeGroup& node, std::size_t from, SimTime now);
  bool waits_behind(const Open& open, SimTime now);
  void wait_at_node(Open& open, const elb::Frontend& frontend, SimTime now);
  void send_to(Source& source, Open& open, const elb::Frontend& frontend, elb::NodeGroup& node,
               Departures& departures, std::size_t chosen, SimTime now, const Draws& draws);
  void leave_surge_queue(const Open& gone, SimTime now);
  void note_length(std::uint16_t frontend, std::uint16_t node, SimTime now);
  void prune(SurgeQueue& queue, SimTime now);
  void look_for_room(std::uint16_t frontend, std::uint16_t node, SimTime now);
  void dispatch(SimTime now);
  void send_first(std::uint16_t frontend, std::uint16_t node, SimTime now);

  // stream.cpp
  void carry_stream(Open& open, Served& at, elb::NodeGroup& node, Departures& departures,
                    SimTime now, SimDuration life);
  void connect_again_later(const Open& open, SimTime planned, SimTime now);
  void connect_again(const Moments::Moment& moment);
  void close_streams(Ring<Open>& ring, SimTime now);

  // proxy.cpp
  const elb::RouteTarget* kept_for(Source& source, const Open& open, const elb::Frontend& frontend,
                                   const elb::NodeGroup& node);
  bool balancer_counts(const Open& open) const;
  void note_mishap(const Open& open);
  bool looks_for_distrusted(const Open& open, SimTime now);
  std::size_t choose_trusted(Source& source, const Open& open, const elb::Frontend& frontend,
                             elb::NodeGroup& node, const PhiloxBlock& route);
  std::vector<app::TargetId> avoided;  ///< found by the last look
  bool balancer_may_try(const Open& open) const;
  bool balancer_tries(std::uint32_t number, std::uint8_t lane);
  void try_at(std::uint32_t number, std::uint8_t lane, SimTime now, bool elsewhere);
  std::string_view method(const Open& open) const;
  /// How often its balancer has tried it again.
  int balancer_tries_of(const Open& open) const {
    return open.operation == kNoOperation ? 0 : operations[open.operation].tries[open.lane].again;
  }
  /// When it was sent to the target that has it.
  SimTime sent_to_target(const Open& open) const {
    return open.operation == kNoOperation ? open.sent
                                          : operations[open.operation].tries[open.lane].tried;
  }
  /// When its process got it: later, where it waited at its node.
  SimTime came_to_process(const Open& open) const {
    if (!open.queued) return sent_to_target(open);
    const auto on = sent_on.find({open.source, open.index, open.lane});
    return on == sent_on.end() ? open.sent : on->second;
  }
  SimDuration connecting_life{0};  ///< of the long connection that is being set up

  // retry.cpp
  bool may_retry(const Open& open) const {
    const auto& retry = sources[open.source].spec.retry;
    return retry.retries() && retry.on[static_cast<std::size_t>(open.outcome)] &&
           (open.operation == kNoOperation ||
            operations[open.operation].failures() < retry.attempts);
  }
  /// Until when the client waits for this attempt.
  SimTime patience_of(const Open& open) const {
    const auto& spec = sources[open.source].spec;
    if (open.stream) return kNever;
    const SimTime first =
        open.operation == kNoOperation ? open.sent : operations[open.operation].first;
    const SimTime from = sources[open.source].follows
                             ? operations[open.operation].tries[open.lane].wanted
                             : open.sent;
    SimTime until = spec.timeout == SimDuration::max() ? kNever : from + spec.timeout;
    if (spec.retry.deadline != SimDuration::max())
      until = std::min(until, first + spec.retry.deadline);
    return until;
  }
  void planned(Open& open);
  std::uint32_t new_operation(const Open& open);
  void release(std::uint32_t operation);
  void next_moment();
  void decide(std::uint32_t number, std::uint8_t lane);
  void over(std::uint32_t number, const Open& last);
  void transmit(std::uint32_t number, std::uint8_t lane, SimTime now);

  // clients.cpp
  std::uint32_t new_client(Source& source, std::uint64_t serial);
  void arrive(std::uint16_t source_number, Source& source, SimTime now);
  void ask(std::uint16_t source_number, std::uint32_t client, std::uint64_t index, SimTime now,
           VersionId wants);
  void wish(std::uint32_t number, SimTime now, bool at_once);
  void give_back_connection(Source& source, std::uint32_t client, SimTime now);
  void leave_queue(Source& source, std::uint32_t number);
  void follow(const Open& last, std::uint32_t client, VersionId wants);
  void next_step(const Moments::Moment& moment);

  // redirects.cpp
  std::deque<Place> places;  ///< to which redirects have led
  Place place_of(const Operation& operation, const Source& source) const;
  void look_up_place(Place& place);
  elb::Frontend* led_to(const Source& source, const Open& open, std::uint16_t& index) const;
  bool goes_on(std::uint32_t number, Open& last);

  // hedging.cpp
  void hedge(const Moments::Moment& moment);
  void give_up(std::uint32_t number, std::uint8_t lane, SimTime now);

  // transfer.cpp
  SimTime plan_bodies(Open& open, Served& at, const elb::Frontend& frontend, SimTime start,
                      SimDuration work, SimTime came, SimTime patience, const Draws& draws);
  bool has_body(const Open& open) const {
    return sources[open.source].spec.transfer &&
           operations[open.operation].tries[open.lane].body != kNever;
  }
  bool answer_is_read(const Open& open, SimTime now) const {
    return has_body(open) && operations[open.operation].tries[open.lane].body <= now;
  }
  SimTime busy_until(const Open& open, SimTime now) const;
  /// For how long its client has read when it ends.
  SimDuration read_for(const Open& open) const {
    if (!answer_is_read(open, open.end)) return SimDuration{0};
    return open.end - operations[open.operation].tries[open.lane].body;
  }

  // load.cpp
  static bool sheds(Served& at, SimTime now);
  void answer_late(Open& open, const app::AppModel& model);
  SimDuration call_others(Open& open, const app::AppModel& model, std::uint32_t attempt);
  void watch_memory(SimTime until);
  void grow(const Open& open, const Served& at, SimTime now);

  // speed.cpp
  SimTime take_job(Open& open, Served& at, std::uint32_t attempt, SimTime now, SimTime start,
                   SimDuration hold, SimDuration work);
  void change_speed(Served& at, std::int64_t speed);
  void plan_anew(Open& open, const Job& job);
  app::QueuedCheck queued_check(Served& at, const app::Process& process);

  // revise.cpp
  void book_ended(Ring<Open>& ring, SimTime now) {
    ring.keep_if([&](const Open& open) {
      if (open.end > now) return true;
      book(open);
      return false;
    });
  }
  bool leave_node(Open& open, SimTime now);
  void cut(Open& open, app::Cut with, bool by_balancer, SimTime now);
  template <class Hit>
  void cut_in(Ring<Open>& ring, app::Cut with, bool by_balancer, SimTime now, Hit hit);
  void settle(SimTime now);
  std::uint64_t open_count() const;
};

}  // namespace steady::dataplane

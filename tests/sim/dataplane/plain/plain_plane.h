#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/routing.h"
#include "sim/database/database.h"
#include "sim/dataplane/blocks.h"
#include "sim/dataplane/ledger.h"
#include "sim/traffic/source.h"
#include "tests/sim/dataplane/plain/flow_counts.h"

namespace steady::dataplane::testing {

/// One request as both models tell it.
struct Told {
  SimTime sent{}, ended{};
  Outcome outcome{};
  std::string cause, version, target;
  int status = 0;
  std::string before;  ///< the attempts that failed and were sent again, in words
  bool operator==(const Told&) const = default;
  std::string words() const;
};
using ToldRequests = std::map<std::pair<std::uint16_t, std::uint64_t>, Told>;

/// The data plane written the obvious way: every arrival, start, completion and time-out is an
/// event, nothing is known before it happens, every choice is a scan. It shares the arrival shapes,
/// the draws and the routing tables with the fast path, and nothing else.
class PlainPlane final : public app::RequestPlane {
 public:
  PlainPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database, RandomSource random);
  void add_source(const traffic::SourceSpec& spec, elb::Frontend* frontend);
  void advance(SimTime until);
  void finish();
  SimDuration slow_start{0};     ///< of all groups
  bool weighted_random = false;  ///< of all nodes

  void cut_process(app::ProcessId process, app::Cut cut) override;
  void end_flows(app::GroupId group, app::TargetId target, app::Cut cut,
                 bool clients_hear) override;
  void close_streams(app::ProcessId process) override;
  void cut_target(app::GroupId group, app::TargetId target, app::Cut cut) override;
  void cut_node(std::string_view load_balancer, std::uint16_t node) override;
  SimTime process_idle_at(app::ProcessId process) override;
  SimTime target_idle_at(app::GroupId group, app::TargetId target) override;
  app::QueuedCheck queued_check(app::ProcessId process) override;
  void change_speed(app::ProcessId process, std::int64_t speed) override;
  void keep_target_ends(SimDuration every) override { every_ = every; }
  std::vector<app::TargetEnds> target_ends() override;

  ToldRequests told;
  /// What is counted beside the requests' ends.
  struct Beside {
    SimDuration as_sent{0};  ///< sum of the times from the first real sending of ok requests
    std::uint64_t missing_assets = 0, hedges = 0, redirected = 0;
    bool operator==(const Beside&) const = default;
  };
  Beside beside;
  /// Who listens at a port of a host, for clients that are sent there: nothing where nothing is
  /// known of the host, nullptr where nobody does.
  std::function<std::optional<elb::Frontend*>(const std::string& host, int port)> resolver;
  /// Of flows; to be asked for after finish(), with the seconds before `until`.
  FlowCounts flow_counts(SimTime until);

 private:
  // Of events at one instant the lower kind comes first: who is done is done before whoever comes.
  enum Kind {
    kComplete,   ///< the app has an answer
    kBroken,     ///< a body will never be whole
    kRead,       ///< the client has read its answer
    kFree,       ///< a worker has written one
    kMute,       ///< a Network load balancer has forgotten the flow
    kLate,       ///< the balancer waits no longer
    kImpatient,  ///< nor does the client
    kHangUp,     ///< of a client's connection
    kClose,
    kForget,
    kDispatch,  ///< nodes look for room for those that wait at them
    kDecide,    ///< a client looks at an attempt that ended
    kTired,     ///< or at a request that waited for a connection
    kHedge,
    kTry,        ///< a balancer tries again
    kSend,       ///< a client does, or sends first
    kConnected,  ///< a request that waited has its connection
    kNext,       ///< a person goes on
    kArrive
  };
  /// Of kinds of one rank what is known of the request decides; before clients act, nothing does.
  static int rank(Kind kind) {
    if (kind <= kFree) return 0;
    if (kind == kTired) return kDecide;
    if (kind == kConnected || kind == kNext || kind == kTry) return kSend;
    return kind;
  }
  struct Event {
    SimTime at;
    Kind kind;
    std::uint16_t source;
    std::uint64_t index;  ///< or the sequence
    int lane;
    std::size_t number;  ///< of the request, the source, the whole, the person, the connection
    /// A request may have two of one kind at one moment, of which one is void: the number tells
    /// them apart (seed 13315).
    bool operator<(const Event& other) const {
      const int mine = rank(kind), its = rank(other.kind);
      return std::tie(at, mine, source, index, lane, kind, number) <
             std::tie(other.at, its, other.source, other.index, other.lane, other.kind,
                      other.number);
    }
  };
  struct Request {
    std::uint16_t source = 0;
    std::uint64_t index = 0;
    Told so_far;
    SimTime first{};  ///< when its first attempt was sent
    std::uint32_t attempts = 1;
    SimDuration waited{0}, life{0};
    bool stream = false;
    const elb::Frontend* frontend = nullptr;
    std::size_t node = 0;
    app::TargetId target = 0;
    app::ProcessId process = app::Fleet::kNone;
    SimDuration work{0};      ///< left, at full speed
    SimDuration hold{0};      ///< from its start it waits so long for others, then it works
    SimTime came{}, began{};  ///< to the process, and when a worker took it
    bool over = false, outstanding = false, failed = false;
    bool late = false;        ///< it had waited too long when its turn came
    bool queued = false;      ///< it waits at its node for an instance with room
    std::string error_cause;  ///< the answer will be a 500 for this, or the silence is due to it
    std::optional<SimTime> silent_until;  ///< the connection is broken and nobody said so
    // Of a balancer that behaves as another proxy.
    int tries = 0;                 ///< beside the first
    std::set<app::TargetId> were;  ///< where it failed before
    SimTime tried{};               ///< when it was sent to its target
    app::EndpointId endpoint = 0;
    bool cut_by_balancer = false;
    bool waits = false;  ///< before the next try
    // Of clients that look at answers.
    std::size_t whole = 0, root = 0;  ///< the first of a balancer's tries
    int lane = 0;
    SimTime wanted{};
    const elb::Redirect* redirect = nullptr;  ///< the answer
    bool missing = false;                     ///< an asset that the app does not have
    bool given_up = false;                    ///< for another attempt
    // Of bodies that take their time.
    bool bodies = false, stalls = false, reading = false;
    SimTime late_at{};  ///< when its balancer has heard nothing for too long
    SimDuration upload{0}, download{0};
    std::optional<SimTime> broken_at, read_at;
    // Of a flow.
    std::optional<std::size_t> connection, flow;
    bool dark = false;   ///< nobody is at the other end
    bool muted = false;  ///< the balancer has forgotten its flow
  };
  /// Of a client, through a Network load balancer.
  struct Connection {
    std::uint16_t source = 0;
    app::TargetId target = 0;
    app::ProcessId process = app::Fleet::kNone;
    const elb::Frontend* frontend = nullptr;
    std::size_t node = 0;
    std::string endpoint;
    SimTime life_ends = kNever, rests_since{};
    bool busy = true, over = false, silent = false, from_process = false;
    std::optional<SimTime> heard, forgotten;
    std::string why;
    std::size_t flow = 0;
    SimTime over_at = kNever;
  };
  /// What a node of a Network load balancer knows of a flow.
  struct FlowSpan {
    const elb::Frontend* frontend = nullptr;
    std::size_t node = 0;
    SimTime from{}, until = kNever;
  };
  /// A request of a client that looks at answers: all of its attempts.
  struct Whole {
    std::uint16_t source = 0;
    std::uint64_t index = 0;
    std::size_t person = 0;
    std::string wants;  ///< a version's asset
    SimTime first{}, wanted{}, until{};
    std::optional<SimTime> began;
    std::uint32_t attempts = 0, hedges = 0;
    SimDuration waited{0};
    std::string before;
    std::vector<std::size_t> under_way;  ///< requests
    // Where redirects have led it, and how many it has followed: lately, and in all.
    std::optional<elb::Frontend*> elsewhere;
    HttpRequest asks;
    int port = 0;
    std::uint32_t redirects = 0, all_redirects = 0;
    bool over = false;
  };
  struct Person {
    std::uint64_t serial = 0, asked = 0;
    std::uint32_t open = 0, connections = 0, left = 0;
    std::deque<std::size_t> waiting;  ///< wholes
  };
  struct Station {
    std::set<std::size_t> serving, streams;
    std::map<std::size_t, SimTime> done_at;
    std::deque<std::size_t> waiting;
    std::uint64_t taken = 0;
    bool dead = false;
    std::int64_t speed = app::kFullSpeed;
    SimTime paced{};  ///< when its speed changed last
  };
  struct Source {
    traffic::SourceSpec spec;
    std::unique_ptr<traffic::Shape> shape;
    RandomStream service, tries;
    std::uint64_t made = 0;
    std::int64_t tokens = 0;
    elb::Frontend* frontend = nullptr;
    /// By client: the target that it is bound to, and until when.
    std::map<std::size_t, std::pair<app::TargetId, SimTime>> bound;
    /// By client: whose cookie of an app it has, and until when.
    std::map<std::size_t, std::pair<app::ProcessId, SimTime>> session;
    /// By client: the group that it is bound to, and until when.
    std::map<std::size_t, std::pair<app::GroupId, SimTime>> group;
    /// By client: its connections.
    std::map<std::size_t, std::vector<std::optional<std::size_t>>> kept;
    std::map<std::size_t, Person> people;
    std::size_t next_person = 0;
  };
  /// Whose turn it is, per node: the target that was served last.
  struct Turn {
    bool served = false;
    app::TargetId last = 0;
    std::map<app::TargetId, std::int64_t> credit;  ///< of slow start
  };

  void put(SimTime at, Kind kind, std::size_t number);
  void put_of(SimTime at, Kind kind, std::uint16_t source, std::uint64_t index, std::size_t number,
              int lane = 0);
  void handle(const Event& event);
  void due(SimTime now);
  void arrive(std::size_t source, SimTime now);
  void attempt(std::size_t number, SimTime now);
  void admit(std::size_t number, SimTime now);
  std::string why_refused(app::EndpointId endpoint) const;
  void attempt_flow(std::size_t number, SimTime now);
  bool use(std::size_t number, std::size_t connection, SimTime now);
  void dark(std::size_t number, SimTime now, SimDuration for_long);
  void mute(std::size_t number, SimTime now);
  void rest(std::size_t connection, SimTime at, bool answered);
  void rested(const Event& event);
  void process_left(app::ProcessId process, bool in_silence);
  static void hear(Connection& one, SimTime at, bool from_process);
  static void forget(Connection& one, SimTime at, std::string cause);
  // flow_counts.cpp
  void count_flow(const elb::Frontend& frontend, std::size_t node, SimTime at,
                  FlowCounts::What what);
  void count_resets(const Request& request, SimTime at);
  std::size_t open_flow(const Request& request, SimTime now);
  void close_flow(std::size_t flow, SimTime at);
  void hear_stop(Connection& one) const;
  void close_connection(Connection& one);
  void decide(std::size_t number, SimTime now);
  void again(std::size_t number, SimTime ended);
  SimTime patience(const Request& request) const;
  void take_in(std::size_t number, SimTime now);
  void put_deadlines(std::size_t number, SimTime now);
  bool has_room(const elb::RouteTarget& target);
  void go_to(std::size_t number, const elb::RouteTarget& target, SimTime now);
  void queue_up(std::size_t number, SimTime now);
  std::deque<std::size_t>& queue_of(const Request& request);
  bool somebody_waits();
  void dispatch(SimTime now);
  void start(std::size_t number, SimTime now);
  static SimTime done_from(const Request& request, const Station& station, SimTime now);
  void serve(std::size_t number, SimTime now);
  void begin(Request& request, SimTime now) const;
  static PhiloxBlock drawn(const Source& source, const Request& request, Block block);
  void call_others(const Source& source, Request& request, const app::AppModel& model);
  SimTime memory_full_at(app::ProcessId process, SimTime now);
  void look_at_memory(app::ProcessId process, SimTime now);
  void complete(std::size_t number, SimTime now);
  void end(std::size_t number, SimTime at, Outcome outcome, std::string cause, int status);
  void cut(std::size_t number, app::Cut with);
  void ended_at_target(const Request& request, SimTime now, bool given_up);
  // proxies.cpp
  void offer(std::size_t number, const elb::RouteTarget& target, SimTime now);
  std::optional<elb::RouteTarget> kept(Source& source, const Request& request, SimTime now);
  bool client_would(const Request& request) const;
  bool balancer_would(const Request& request, SimTime now) const;
  bool balancer_tries(std::size_t number, SimTime now);
  void again_at(std::size_t number, std::optional<std::size_t> candidate, SimTime now);
  void takes_over(std::size_t from);
  void gives_up_waiting(std::size_t number, SimTime now);
  std::size_t choose_other(const Request& request, const std::set<app::TargetId>& avoid,
                           SimTime now, std::uint32_t drawn);
  void over(Request& request);
  bool counts_against(const Request& request) const;
  std::set<app::TargetId> failing(const Request& request, SimTime now) const;
  std::size_t resolve(const Source& source, const Request& request, const elb::DnsAnswers& dns,
                      SimTime now, std::uint32_t bits) const;
  std::size_t choose(Source& source, const Request& request, SimTime now);
  static std::size_t at_random(const elb::NodeGroup& node, const std::set<app::TargetId>& avoid,
                               std::uint32_t bits);
  static SimTime lasting(SimTime from, SimDuration span) {
    return span == SimDuration::max() ? kNever : from + span;
  }
  void answered_with_cookie(Source& source, const Request& request, const app::AppModel& model,
                            SimTime now);
  std::size_t client(const Source& source, const Request& request) const;
  /// Clients that come back, or do several things, have cookies.
  static bool has_cookies(const Source& source) {
    return source.spec.clients > 0 || source.spec.follows();
  }

  // clients.cpp
  std::size_t new_person(Source& source, std::uint64_t serial);
  void ask(std::uint16_t source, std::size_t person, std::uint64_t index, SimTime now,
           const std::string& wants);
  void wish(std::size_t whole, SimTime now, bool at_once);
  void transmit(std::size_t whole, int lane, SimTime now);
  void look(std::size_t number, SimTime now);
  bool follows_redirect(std::size_t number, SimTime now);
  void fail_or_retry(Whole& whole, const Told& told, SimTime now);
  void finished(std::size_t whole, const Told& told, bool by_process, SimTime now);
  void hedge(std::size_t number, SimTime now);
  void tired(std::size_t whole, SimTime now);
  void connection_free(Source& source, std::size_t person, SimTime now);
  void go_on(std::uint16_t source, std::size_t person, SimTime now);

  // bodies.cpp
  struct Foreseen {
    SimTime free{};
    std::optional<SimTime> read;
  };
  Foreseen foresee(const Request& request, SimTime start) const;
  void bodies(std::size_t number, std::uint32_t block);
  void answered(std::size_t number, SimTime now);
  void free_worker(std::size_t number, SimTime now);
  int status_of(const Request& request) const;
  const elb::Frontend* by_weight(Source& source, const Request& request, const elb::Route& route,
                                 SimTime now);
  std::size_t by_algorithm(const elb::Frontend& frontend, std::size_t node, SimTime now,
                           std::uint32_t bits);
  std::size_t by_weight(const elb::NodeGroup& node, Turn& turn, SimTime now);

  EventLoop& loop_;
  app::Fleet& fleet_;
  database::Database& database_;
  RandomSource random_;
  std::vector<Source> sources_;
  std::set<Event> events_;
  std::uint64_t sequence_ = 0;
  SimTime halt_ = kNever;  ///< then a process runs out of memory, and the control plane acts
  app::ProcessId halted_by_ = 0;
  std::deque<Request> requests_;
  std::deque<Connection> connections_;
  std::vector<FlowSpan> spans_;
  FlowCounts flow_counts_;
  std::deque<Whole> wholes_;
  bool finishing_ = false;
  SimDuration every_{0};  ///< the interval in which somebody counts
  struct EndAtTarget {
    SimTime at;
    app::TargetId target;
    bool failed;
  };
  std::vector<EndAtTarget> ended_;
  std::map<app::ProcessId, Station> stations_;
  std::map<std::pair<const elb::Frontend*, std::size_t>, Turn> turns_;
  /// By node and target: when it failed.
  std::map<std::tuple<const elb::Frontend*, std::size_t, app::TargetId>, std::vector<SimTime>>
      failures_;
  /// Of nodes of Classic balancers: who waits there, first in, first out.
  std::map<std::pair<const elb::Frontend*, std::size_t>, std::deque<std::size_t>> queues_;
};

}  // namespace steady::dataplane::testing

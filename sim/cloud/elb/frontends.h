#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/cloud/elb/nodes.h"
#include "sim/cloud/elb/routing.h"
#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// Keeps what the data plane reads: one Frontend a listener, with each node's candidates. A
/// listener that chooses among groups has one more for each of them: its way there.
///
/// A Frontend never moves and is never freed, for requests may still be open behind it. One that is
/// changed in kind (other algorithm) ends, and a new one takes its place.
class Frontends {
 public:
  struct Stickiness {
    SimDuration lasts{0};  ///< 0: not sticky
    std::string app_cookie{};
    bool renews = true;
  };
  struct Spec {
    std::string load_balancer;
    std::uint16_t port = 0;
    std::uint16_t instance_port = 0;  ///< Classic; 0: each target's own.
    std::string algorithm;
    SimDuration idle_timeout{};
    int connect_retries = 0;
    Stickiness sticky{};  ///< Classic; a target group has its own.
  };

  Frontends(Context& context, Groups& groups, Nodes& nodes)
      : context_(context), groups_(groups), nodes_(nodes) {}
  /// Called whenever another Frontend, or another rule, takes the next request.
  void set_changed(std::function<void()> changed) { changed_ = std::move(changed); }

  /// A listener that forwards all to `group` from now on; one on the same port ends.
  void open(const Group& group, const Spec& spec);
  /// The way of a listener to a group: the one that is there, or a new one.
  Frontend* way(const Group& group, const Spec& spec);
  /// A listener follows these rules from now on; one that is there already changes node by node,
  /// each after its delay (one a node). `settled` is called when the last node has changed.
  void install(const std::string& load_balancer, std::uint16_t port, Routes routes,
               const std::vector<SimDuration>& delays, std::function<void()> settled);
  void close(std::string_view load_balancer, std::uint16_t port);
  /// Some node may still send to the group through a listener of this balancer.
  bool has_way(std::string_view load_balancer, GroupId group) const;
  /// New algorithm objects for every frontend of the group.
  void set_algorithm(const Group& group, const std::string& algorithm);
  /// Classic: the listener's policies have changed.
  void set_stickiness(std::string_view load_balancer, std::uint16_t port, const Stickiness& sticky);
  void set_idle_timeout(std::string_view load_balancer, SimDuration idle_timeout);
  /// Of one listener of a Network load balancer (elb.md 3.4).
  void set_flow_idle_timeout(std::string_view load_balancer, std::uint16_t port,
                             SimDuration idle_timeout);
  /// How long its pooled connections rest between two requests (stories.md S22).
  void set_reuse_gap(std::string_view load_balancer, const Distribution& gap);
  Frontend* find(std::string_view load_balancer, std::uint16_t port);

  /// From now on candidates are not made anew, until release() does so once for each that has to
  /// be: for many changes at one moment, at which nobody is sent anywhere.
  void hold() { held_ = true; }
  void release();

  /// Makes one node's candidates anew, on every frontend of the group.
  void refresh(const Group& group, std::size_t node);
  /// The same where a target without a passed check makes a difference: nobody healthy is there.
  void refresh_open(const Group& group, std::size_t node);
  void refresh(const Group& group);

  /// The group's balancer has one more node.
  void node_comes(const Group& group);
  /// The same for the balancer's listeners with rules: it follows the newest.
  void listeners_get_node(const NodeSet& set);
  /// Nobody answers at the node any more.
  void node_is_gone(const NodeSet& set, std::size_t node);
  /// The balancer's name answers with other nodes than before.
  void dns_changed(const NodeSet& set);

 private:
  using Key = std::pair<std::string, std::uint16_t>;  ///< load balancer, port
  using Shared = std::shared_ptr<const Routes>;
  struct Slot {
    Frontend frontend;
    Spec spec;
  };
  /// A listener as the outside sees it.
  struct Face {
    Frontend* frontend = nullptr;           ///< What find() gives: its only way, or one with rules.
    std::uint64_t version = 0;              ///< Of the newest rules.
    std::map<std::uint64_t, Shared> rules;  ///< The newest, and those that some node may follow.
    std::vector<std::uint64_t> at_node;     ///< Which rules each node follows.
  };
  static void stick(Frontend& frontend, const Stickiness& sticky);
  void fill(Slot& slot, const Group& group, std::size_t node);
  void weigh(NodeGroup& table, bool anew) const;
  static void add_node(Slot& slot);
  Slot& make_way(const Group& group, const Spec& spec);
  static void end(Slot& slot);
  void follow(Face& face);
  Frontend* make_face(const Key& key);
  void settle(const Key& key, Face& face);
  void changed() {
    if (changed_) changed_();
  }

  Context& context_;
  Groups& groups_;
  Nodes& nodes_;
  std::function<void()> changed_;
  std::deque<Slot> slots_;
  std::map<std::string, Distribution> reuse_gaps_;
  std::map<std::pair<Key, GroupId>, Slot*> ways_;
  std::map<Key, Face> faces_;
  std::uint64_t versions_ = 0;
  bool held_ = false;
  std::set<std::pair<GroupId, std::size_t>> waiting_;  ///< group and node, while held
};

}  // namespace steady::elb

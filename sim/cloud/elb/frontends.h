#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "sim/cloud/elb/routing.h"
#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// Keeps what the data plane reads: one Frontend a listener, with each node's candidates.
///
/// A Frontend never moves and is never freed, for requests may still be open behind it. One that is
/// changed in kind (other group, other algorithm) ends, and a new one takes its place.
class Frontends {
 public:
  struct Spec {
    std::string load_balancer;
    std::uint16_t port = 0;
    std::uint16_t instance_port = 0;  ///< Classic; 0: each target's own.
    std::string algorithm;
    SimDuration idle_timeout{};
    int connect_retries = 0;
  };

  Frontends(Context& context, Groups& groups) : context_(context), groups_(groups) {}

  /// A listener that forwards to `group` from now on; one on the same port ends.
  void open(const Group& group, Spec spec);
  void close(std::string_view load_balancer, std::uint16_t port);
  /// New algorithm objects for every frontend of the group.
  void set_algorithm(const Group& group, const std::string& algorithm);
  void set_idle_timeout(std::string_view load_balancer, SimDuration idle_timeout);
  /// How long its pooled connections rest between two requests (stories.md S22).
  void set_reuse_gap(std::string_view load_balancer, const Distribution& gap);
  Frontend* find(std::string_view load_balancer, std::uint16_t port);

  /// Makes one node's candidates anew, on every frontend of the group.
  void refresh(const Group& group, std::size_t node);
  /// The same where a target without a passed check makes a difference: nobody healthy is there.
  void refresh_open(const Group& group, std::size_t node);
  void refresh(const Group& group);

 private:
  struct Slot {
    Frontend frontend;
    Spec spec;
  };
  void fill(Slot& slot, const Group& group, std::size_t node);

  Context& context_;
  Groups& groups_;
  std::deque<Slot> slots_;
  std::map<std::string, Distribution> reuse_gaps_;
  std::map<std::pair<std::string, std::uint16_t>, Slot*> open_;
};

}  // namespace steady::elb

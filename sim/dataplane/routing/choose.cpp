#include <algorithm>

#include "sim/dataplane/impl.h"

/// Which target a request gets, and what binds its client to it.
namespace steady::dataplane {

using elb::Frontend;
using elb::NodeGroup;

/// The target to which the client's session is bound, or the algorithm's choice.
std::size_t DataPlane::Impl::choose(Source& source, Open& open, const Frontend& frontend,
                                    NodeGroup& node, const PhiloxBlock& route) {
  const elb::Turn turn{open.sent, route[3]};
  if (frontend.sticky_for.count() == 0 || source.bindings.empty())
    return up_to_date(open, node, open.sent).choose(turn);
  Binding& binding = source.bindings[who(source, open)];
  std::size_t chosen = node.candidates.size();
  if (open.sent < binding.until) {
    if (binding.place < node.candidates.size() &&
        node.candidates[binding.place].target == binding.target) {
      chosen = binding.place;  // nothing has moved
    } else {
      const auto found =
          std::ranges::lower_bound(node.candidates, binding.target, {}, &elb::RouteTarget::target);
      if (found != node.candidates.end() && found->target == binding.target)
        chosen = static_cast<std::size_t>(found - node.candidates.begin());
    }
  }
  const bool fresh = chosen == node.candidates.size();
  if (fresh) {
    chosen = up_to_date(open, node, open.sent).choose(turn);
    open.unsticky = true;
  }
  bind(binding, frontend, node.candidates[chosen].target, chosen, open.sent, fresh);
  return chosen;
}

/// The balancer's own cookie: each response renews it (elb.md 2.10), but Classic's (1.8). An app's
/// has to be set by the app.
void DataPlane::Impl::bind(Binding& binding, const Frontend& frontend, app::TargetId target,
                           std::size_t place, SimTime now, bool fresh) {
  if (!frontend.app_cookie.empty() || !(fresh || frontend.sticky_renews)) return;
  binding = {target, static_cast<std::uint32_t>(place), after(now, frontend.sticky_for)};
}

/// A process has taken the request: its answer sets the app's cookie where the client has none of
/// this process's, and the balancer binds the client then (elb.md 1.8, 2.10).
void DataPlane::Impl::keep_session(Source& source, const Open& open, const Frontend& frontend,
                                   const app::AppModel& model, SimTime now) {
  if (source.bindings.empty() || !model.cookie || model.cookie->name != frontend.app_cookie) return;
  source.sessions.resize(source.bindings.size());
  const std::uint32_t client = who(source, open);
  AppSession& session = source.sessions[client];
  const bool sets = session.process != open.process || now >= session.until;
  if (sets) session = {open.process, after(now, model.cookie->life)};
  Binding& binding = source.bindings[client];
  const bool bound = binding.target == open.target && now < binding.until;
  if (sets || (bound && frontend.sticky_renews)) {
    binding = {open.target, binding.place,
               std::min(after(now, frontend.sticky_for), session.until)};
  }
}

/// The keep-alive race (elb.md 2.14): the app closes an idle connection while the balancer sends on
/// it. Longer gaps cost nothing, for the balancer has seen the close or closed it itself.
bool DataPlane::Impl::connection_is_stale(Source& source, const Open& open, std::uint32_t attempt,
                                          const Frontend& frontend, const app::AppModel& model,
                                          const PhiloxBlock& route) {
  if (model.keep_alive >= frontend.idle_timeout) return false;
  const SimDuration gap = source.reuse_gap(*frontend.reuse_gap, open.index, attempt, route);
  return gap >= model.keep_alive && gap < model.keep_alive + model.close_race &&
         gap < frontend.idle_timeout;
}

}  // namespace steady::dataplane

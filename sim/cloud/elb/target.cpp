#include "sim/cloud/elb/target.h"

#include <algorithm>
#include <array>

#include "sim/core/random.h"

namespace steady::elb {
namespace {

constexpr std::size_t kStates = 10;

// Rows: from; columns: to; both in the order of TargetState.
constexpr std::array<std::array<bool, kStates>, kStates> kMoves{{
    // registering checking healthy unhealthy its-draining not-in-use zone invalid draining over
    {true, true, true, true, false, true, false, true, true, true},         // registering
    {false, true, true, true, false, true, false, true, true, true},        // checking
    {false, false, true, true, true, true, false, true, true, true},        // healthy
    {false, false, true, true, false, true, false, true, true, true},       // unhealthy
    {false, false, true, true, true, true, false, true, true, true},        // unhealthy, draining
    {true, false, false, false, false, true, true, true, false, true},      // not in use
    {true, false, false, false, false, true, true, true, false, true},      // zone not enabled
    {false, false, false, false, false, false, false, true, false, true},   // invalid state
    {false, false, false, false, false, false, false, false, true, true},   // draining
    {false, false, false, false, false, false, false, false, false, true},  // not registered
}};

}  // namespace

bool may_become(TargetState from, TargetState to) {
  return kMoves[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

bool is_checked(TargetState state) { return state <= TargetState::kUnhealthyDraining; }

std::string_view name(TargetState state) {
  static constexpr std::array<std::string_view, kStates> kNames{
      "registering", "checking",         "healthy",       "unhealthy", "unhealthy, draining",
      "not in use",  "zone not enabled", "invalid state", "draining",  "not registered"};
  return kNames[static_cast<std::size_t>(state)];
}

std::uint64_t Target::entity(std::size_t node) const {
  return mix64(hash_name(name) ^ mix64(node));
}

bool Target::routed() const { return std::ranges::any_of(nodes, &NodeView::routes); }

TargetState merged(const Target& target) {
  bool sent = false, undecided = false;
  for (const NodeView& node : target.nodes) {
    if (node.opinion == Opinion::kHealthy) return TargetState::kHealthy;
    sent = sent || node.opinion > Opinion::kWaiting;
    undecided = undecided || node.opinion != Opinion::kUnhealthy;
  }
  const bool first =
      target.state == TargetState::kRegistering || target.state == TargetState::kChecking;
  if (!first || !undecided) return TargetState::kUnhealthy;
  return sent ? TargetState::kChecking : TargetState::kRegistering;
}

}  // namespace steady::elb

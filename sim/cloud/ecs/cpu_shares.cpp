#include "sim/cloud/ecs/cpu_shares.h"

#include <algorithm>
#include <numeric>

#include "sim/core/wide.h"

namespace steady::ecs {

CpuShares::CpuShares(app::Fleet& fleet) : fleet_(fleet) {
  fleet_.on_state([this](app::ProcessId process) { changed(process); });
}

void CpuShares::add(const std::string& machine, std::int64_t processors, app::ProcessId process,
                    std::int64_t shares, std::int64_t ceiling) {
  if (!fleet_.process(process).model->cpu) return;
  Machine& place = machines_[machine];
  place.processors = processors;
  place.members.push_back({process, shares, ceiling});
  machine_of_[process] = &place;
  share_out(place);
}

std::uint64_t CpuShares::add_neighbour(const std::string& machine, std::int64_t wants,
                                       std::int64_t shares) {
  Machine& place = machines_[machine];
  place.neighbours.push_back({neighbours_made_, wants, shares});
  share_out(place);
  return neighbours_made_++;
}

void CpuShares::remove_neighbour(std::uint64_t number) {
  for (auto& [name, machine] : machines_) {
    if (std::erase_if(machine.neighbours,
                      [number](const Neighbour& each) { return each.number == number; }) > 0)
      share_out(machine);
  }
}

void CpuShares::changed(app::ProcessId process) {
  const auto found = machine_of_.find(process);
  if (found == machine_of_.end()) return;
  Machine& machine = *found->second;
  if (fleet_.process(process).state == app::ProcessState::kGone) {
    std::erase_if(machine.members,
                  [process](const Member& member) { return member.process == process; });
    machine_of_.erase(found);
  }
  share_out(machine);
}

void CpuShares::share_out(Machine& machine) {
  if (machine.members.empty()) return;
  std::vector<CpuClaim> claims;
  std::vector<std::int64_t> wants;
  for (const auto& member : machine.members) {
    const app::Process& process = fleet_.process(member.process);
    const app::CpuWish& wish = *process.model->cpu;
    wants.push_back(process.state == app::ProcessState::kNotReady ? wish.starting : wish.busy);
    const std::int64_t most = member.ceiling == 0 ? wants.back() : member.ceiling;
    claims.push_back({std::min(wants.back(), most), member.shares});
  }
  for (const auto& neighbour : machine.neighbours)
    claims.push_back({neighbour.wants, neighbour.shares});
  const auto gets = split_by_shares(machine.processors, claims);
  for (std::size_t i = 0; i < machine.members.size(); ++i) {
    Member& member = machine.members[i];
    std::int64_t speed = app::kFullSpeed;
    if (gets[i] < wants[i]) {
      speed = static_cast<std::int64_t>(Int128{gets[i]} * app::kFullSpeed / wants[i]);
      speed = std::max<std::int64_t>(1, speed);
    }
    if (speed == member.speed) continue;
    if (member.speed == app::kFullSpeed) {
      member.slowdown = fleet_.slow_down(member.process, speed, kNever);
    } else if (speed == app::kFullSpeed) {
      fleet_.end_slowdown(member.process, member.slowdown);
    } else {
      fleet_.change_slowdown(member.process, member.slowdown, speed);
    }
    member.speed = speed;
  }
}

std::vector<std::int64_t> split_by_shares(std::int64_t capacity,
                                          const std::vector<CpuClaim>& claims) {
  // Whoever wants least for its shares is served first: what it leaves is for the others.
  std::vector<std::size_t> order(claims.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&claims](std::size_t a, std::size_t b) {
    return Int128{claims[a].wants} * claims[b].shares < Int128{claims[b].wants} * claims[a].shares;
  });
  Int128 left = capacity, shares = 0;
  for (const auto& claim : claims) shares += claim.shares;
  std::vector<std::int64_t> gets(claims.size());
  for (const std::size_t i : order) {
    const Int128 part = left * claims[i].shares / shares;
    gets[i] = static_cast<std::int64_t>(std::min(Int128{claims[i].wants}, part));
    left -= gets[i];
    shares -= claims[i].shares;
  }
  return gets;
}

}  // namespace steady::ecs

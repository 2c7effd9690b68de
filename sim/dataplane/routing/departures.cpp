#include "sim/dataplane/routing/departures.h"

namespace steady::dataplane {

void Departures::grow(SimTime newest) {
  std::vector<Entry> held;
  held.reserve(count_ + 1);
  for (const std::uint32_t head : days_) {
    for (std::uint32_t place = head; place != kNone; place = entries_[place].next)
      held.push_back(entries_[place]);
  }
  const SimTime today = kStart + SimDuration{static_cast<std::int64_t>(today_ << shift_)};
  // Nine in ten of those that are held fit into half a year.
  std::vector<SimTime> ends;
  for (const Entry& entry : held) ends.push_back(entry.end);
  ends.push_back(newest);
  const auto most = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() * 9 / 10);
  std::ranges::nth_element(ends, most);
  const std::size_t days = days_.size() * 2;
  const auto span =
      static_cast<std::uint64_t>(std::max<std::int64_t>((*most - today).count(), 1)) * 2;
  shift_ = static_cast<std::uint32_t>(std::bit_width(span / days));
  today_ = day_of(today);
  days_.assign(days, kNone);
  entries_.clear();
  free_ = kNone;
  count_ = 0;
  for (const Entry& entry : held) add(entry.end, entry.target);
}

/// Room for at least as many as are outstanding, so that this is seldom.
void Departures::forget_ended(SimTime now) {
  std::erase_if(noted_, [now](const Noted& each) { return each.end <= now; });
  if (noted_.size() > most_noted_ / 4) most_noted_ *= 2;
}

}  // namespace steady::dataplane

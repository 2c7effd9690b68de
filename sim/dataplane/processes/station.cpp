#include "sim/dataplane/processes/station.h"

/// Stations of many workers.
namespace steady::dataplane {

void Station::take_one_of_many(SimTime done) {
  last_done_ = std::max(last_done_, done);
  if (many_.size() < concurrency_) {
    many_.push_back(done);
    std::push_heap(many_.begin(), many_.end(), std::greater<>());
  } else {
    replace_earliest(done);
  }
}

/// The root of the heap becomes `done` and sinks: half the work of a pop and a push.
void Station::replace_earliest(SimTime done) {
  std::size_t i = 0;
  const std::size_t n = many_.size();
  for (;;) {
    std::size_t child = 2 * i + 1;
    if (child >= n) break;
    if (child + 1 < n && many_[child + 1] < many_[child]) ++child;
    if (many_[child] >= done) break;
    many_[i] = many_[child];
    i = child;
  }
  many_[i] = done;
}

}  // namespace steady::dataplane

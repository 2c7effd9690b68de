#include "sim/traffic/source.h"

namespace steady::traffic {
namespace {

class Recorded final : public Shape {
 public:
  explicit Recorded(std::shared_ptr<const Trace> trace) : trace_(std::move(trace)) {}

  void next(SimTime until, std::size_t most, std::vector<SimTime>& out) override {
    for (; most > 0 && next_ < trace_->requests.size() && trace_->requests[next_].at < until;
         --most) {
      out.push_back(trace_->requests[next_++].at);
    }
  }

 private:
  std::shared_ptr<const Trace> trace_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Shape> make_recorded(std::shared_ptr<const Trace> trace) {
  return std::make_unique<Recorded>(std::move(trace));
}

}  // namespace steady::traffic

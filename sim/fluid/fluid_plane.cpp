#include "sim/fluid/fluid_plane.h"

#include <algorithm>

#include "sim/core/check.h"
#include "sim/fluid/impl.h"
#include "sim/traffic/curves.h"

namespace steady::fluid {

FluidPlane::FluidPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database,
                       RandomSource random, dataplane::Ledger& ledger, Settings settings)
    : impl_(std::make_unique<Impl>(loop, fleet, database, random, ledger, settings)) {}

FluidPlane::~FluidPlane() = default;

void FluidPlane::set_lookups(FrontendLookup frontends, TargetStateLookup target_states) {
  impl_->frontends = std::move(frontends);
  impl_->target_states = std::move(target_states);
}

void FluidPlane::add_source(const traffic::SourceSpec& spec) {
  Source source;
  source.spec = spec;
  // The path of a bursty source is drawn as the exact plane draws it: the rates are the same.
  source.profile =
      spec.bursts.empty()
          ? spec.profile
          : traffic::bursts(spec.bursts, impl_->random.stream(spec.name + "/bursts"), spec.end);
  for (const auto& piece : source.profile) {
    source.marks.push_back(piece.begin);
    // A ramp is cut where its rate has changed by a 64th of its largest.
    constexpr std::int64_t kParts = 64;
    const std::int64_t from = piece.from.per_1000_seconds, to = piece.to.per_1000_seconds;
    const std::int64_t largest = std::max(from, to);
    const std::int64_t change = std::max(from, to) - std::min(from, to);
    const SimDuration length = piece.end - piece.begin;
    const std::int64_t parts =
        largest == 0 ? 1
                     : std::min(kParts * change / largest + 1,
                                std::max<std::int64_t>(1, length / impl_->settings.step));
    for (std::int64_t i = 1; i < parts; ++i)
      source.marks.push_back(piece.begin + length / parts * i);
    source.marks.push_back(piece.end);
    // The first of evenly spaced requests comes at once.
    if (spec.arrivals == traffic::SourceSpec::Arrivals::kConstant) impl_->arrivals_variance += 1;
  }
  std::ranges::sort(source.marks);
  impl_->sources.push_back(std::move(source));
  impl_->look_up = true;
}

void FluidPlane::frontends_changed() { impl_->look_up = true; }
void FluidPlane::advance(SimTime until) { impl_->advance(until); }

void FluidPlane::Impl::advance(SimTime until) {
  if (until <= now) return;
  if (!built || changed()) {
    carry_to(now);
    build();
  }
  // While shares change by themselves (slow start) they are looked at again and again.
  constexpr SimDuration kLookAgain = 250ms;
  while (unsettled > carried && carried < until) {
    carry_to(std::min(until, carried + kLookAgain));
    if (carried < until) build();
  }
  now = until;
}

void FluidPlane::finish() {
  Impl& impl = *impl_;
  STEADY_CHECK(!impl.finished, "a fluid run is finished twice");
  impl.finished = true;
  impl.advance(impl.loop.now());
  impl.carry_to(impl.loop.now());
  const auto book = [&impl](std::deque<Cohort>& open, app::ProcessId id) {
    for (const Cohort& cohort : open) {
      if (!cohort.cut) impl.books.serve(cohort.served, id, cohort.mass);
    }
    open.clear();
  };
  for (std::size_t id = 0; id < impl.processes.size(); ++id) {
    if (impl.processes[id]) book(impl.processes[id]->open, static_cast<app::ProcessId>(id));
  }
  book(impl.dark, app::Fleet::kNone);
  for (const Silence& silence : impl.silent)
    impl.books.lose(silence.segment, silence.version, silence.end, silence.process,
                    {silence.mass, 0, silence.doubt});
  impl.silent.clear();
  impl.sent = static_cast<std::uint64_t>(impl.arrivals + 0.5);
  impl.books.close(impl.ledger, impl.sent, impl.arrivals_variance);
}

std::uint64_t FluidPlane::sent() const { return impl_->sent; }
std::uint64_t FluidPlane::digest() const { return impl_->books.digest(); }
const Bound& FluidPlane::bound() const { return impl_->books.bound(); }

void FluidPlane::check_conserved() const {
  if (!impl_->finished) return;
  const std::uint64_t booked = impl_->ledger.total().total();
  STEADY_CHECK(booked == impl_->sent, "requests are not conserved: " + std::to_string(impl_->sent) +
                                          " sent, " + std::to_string(booked) + " ended");
}

}  // namespace steady::fluid

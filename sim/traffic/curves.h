#pragma once

#include "sim/traffic/source.h"

/// Rates that follow a day, a crowd, or chance: each as straight pieces, so that arrivals of every
/// shape can follow them. Integers and tables only: the same pieces on every machine.
namespace steady::traffic {

/// Rises and falls as a cosine does, once a period.
struct Diurnal {
  Rate low{}, high{};
  SimDuration period{std::chrono::hours{24}};
  SimDuration peak{std::chrono::hours{12}};  ///< From the run's begin to a moment of `high`.
};
/// 96 pieces a period; what they cut off the cosine is below 0.06 % of (high - low) / 2.
RateProfile diurnal(const Diurnal& day, SimTime end);

/// Many who come at once: more traffic by `rate` after a straight `rise`, half of it after each
/// `half_life`, none after ten of them.
struct FlashCrowd {
  SimTime at{};
  Rate rate{};
  SimDuration rise{}, half_life{std::chrono::minutes{1}};
};
/// 8 pieces a half-life, above the exponential by 0.1 % of it at most.
RateProfile flash_crowd(const FlashCrowd& crowd, SimTime end);

/// The path of a Markov-modulated source, from the first state on: each stay is exponential, the
/// next state any of the others with equal chance.
RateProfile bursts(const std::vector<BurstState>& states, RandomStream stream, SimTime end);

/// Both at once.
RateProfile sum(const RateProfile& a, const RateProfile& b);

/// Requests of the whole profile, in thousandths.
std::uint64_t thousandths_of_requests(const RateProfile& profile);

}  // namespace steady::traffic

#include "sim/traffic/curves.h"

#include <algorithm>
#include <array>

#include "sim/core/wide.h"

namespace steady::traffic {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

/// cos(2 pi k / 96) for the first quarter, in billionths.
constexpr std::array<std::int64_t, 25> kCosine = {
    1'000'000'000, 997'858'923, 991'444'861, 980'785'280, 965'925'826,
    946'930'129,   923'879'533, 896'872'742, 866'025'404, 831'469'612,
    793'353'340,   751'839'807, 707'106'781, 659'345'815, 608'761'429,
    555'570'233,   500'000'000, 442'288'690, 382'683'432, 321'439'465,
    258'819'045,   195'090'322, 130'526'192, 65'403'129,  0};
constexpr std::int64_t kSteps = 96;

/// 2^(-k / 8) in billionths.
constexpr std::array<std::int64_t, 8> kHalving = {1'000'000'000, 917'004'043, 840'896'415,
                                                  771'105'413,   707'106'781, 648'419'777,
                                                  594'603'558,   545'253'866};
constexpr std::int64_t kHalvings = 10;

std::int64_t cosine(std::int64_t step) {
  const std::int64_t k = (step % kSteps + kSteps) % kSteps;
  const auto quarter = [](std::int64_t i) { return kCosine[static_cast<std::size_t>(i)]; };
  if (k <= 24) return quarter(k);
  if (k <= 48) return -quarter(48 - k);
  if (k <= 72) return -quarter(k - 48);
  return quarter(96 - k);
}

/// whole * part / of, rounded down.
std::int64_t share(std::int64_t whole, std::int64_t part, std::int64_t of) {
  return static_cast<std::int64_t>(Int128{whole} * part / of);
}

Rate rate_at(const RatePiece& piece, SimTime at) {
  return {piece.from.per_1000_seconds +
          share(piece.to.per_1000_seconds - piece.from.per_1000_seconds, (at - piece.begin).count(),
                (piece.end - piece.begin).count())};
}

/// Appends what of a piece lies in [kStart, end).
void append(RateProfile& out, RatePiece piece, SimTime end) {
  const RatePiece whole = piece;
  if (piece.begin < kStart) {
    piece.begin = kStart;
    piece.from = rate_at(whole, kStart);
  }
  if (piece.end > end) {
    piece.end = end;
    piece.to = rate_at(whole, end);
  }
  if (piece.begin < piece.end) out.push_back(piece);
}

}  // namespace

RateProfile diurnal(const Diurnal& day, SimTime end) {
  const auto rate = [&](std::int64_t step) {
    return Rate{day.low.per_1000_seconds +
                share(day.high.per_1000_seconds - day.low.per_1000_seconds, kBillion + cosine(step),
                      2 * kBillion)};
  };
  const auto moment = [&](std::int64_t step) {
    return kStart + day.peak + SimDuration{share(day.period.count(), step, kSteps)};
  };
  RateProfile out;
  std::int64_t step = -share(day.peak.count(), kSteps, day.period.count()) - 1;
  for (; moment(step) < end; ++step)
    append(out, {moment(step), moment(step + 1), rate(step), rate(step + 1)}, end);
  return out;
}

RateProfile flash_crowd(const FlashCrowd& crowd, SimTime end) {
  RateProfile out;
  const SimTime top = crowd.at + crowd.rise;
  append(out, {crowd.at, top, Rate{}, crowd.rate}, end);
  const auto left = [&](std::int64_t k) {
    if (k == kHalvings * 8) return Rate{};
    return Rate{share(crowd.rate.per_1000_seconds, kHalving[static_cast<std::size_t>(k % 8)],
                      kBillion << (k / 8))};
  };
  const auto moment = [&](std::int64_t k) {
    return top + SimDuration{share(crowd.half_life.count(), k, 8)};
  };
  for (std::int64_t k = 0; k < kHalvings * 8; ++k)
    append(out, {moment(k), moment(k + 1), left(k), left(k + 1)}, end);
  return out;
}

RateProfile bursts(const std::vector<BurstState>& states, RandomStream stream, SimTime end) {
  RateProfile out;
  std::size_t state = 0;
  SimTime at = kStart;
  for (std::uint64_t n = 0; at < end; ++n) {
    const Distribution stay(Distribution::Exponential{states[state].stay});
    const SimDuration length = std::min(stay.sample(stream.bits(n, 0)), end - at);
    if (length.count() > 0)
      out.push_back({at, at + length, states[state].rate, states[state].rate});
    at += length;
    if (states.size() == 1) continue;
    state = (state + 1 + static_cast<std::size_t>(stream.below(states.size() - 1, n, 1))) %
            states.size();
  }
  return out;
}

RateProfile sum(const RateProfile& a, const RateProfile& b) {
  std::vector<SimTime> bounds;
  for (const RateProfile* profile : {&a, &b}) {
    for (const auto& piece : *profile) bounds.insert(bounds.end(), {piece.begin, piece.end});
  }
  std::ranges::sort(bounds);
  const auto same = std::ranges::unique(bounds);
  bounds.erase(same.begin(), same.end());
  RateProfile out;
  std::size_t next[2] = {0, 0};
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    RatePiece piece{bounds[i], bounds[i + 1], Rate{}, Rate{}};
    bool covered = false;
    for (const int which : {0, 1}) {
      const RateProfile& profile = which == 0 ? a : b;
      std::size_t& at = next[which];
      while (at < profile.size() && profile[at].end <= piece.begin) ++at;
      if (at == profile.size() || profile[at].begin > piece.begin) continue;
      covered = true;
      piece.from.per_1000_seconds += rate_at(profile[at], piece.begin).per_1000_seconds;
      piece.to.per_1000_seconds += rate_at(profile[at], piece.end).per_1000_seconds;
    }
    if (covered) out.push_back(piece);
  }
  return out;
}

std::uint64_t thousandths_of_requests(const RateProfile& profile) {
  Uint128 area = 0;
  for (const auto& piece : profile) {
    area += static_cast<Uint128>((piece.end - piece.begin).count()) *
            static_cast<Uint128>(piece.from.per_1000_seconds + piece.to.per_1000_seconds);
  }
  return static_cast<std::uint64_t>(area / 2 / static_cast<Uint128>(kBillion));
}

}  // namespace steady::traffic

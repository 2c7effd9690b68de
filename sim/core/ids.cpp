#include "sim/core/ids.h"

#include <fmt/format.h>

#include <limits>

#include "sim/core/check.h"

namespace steady {
namespace {

RandomStream stream_of(const RandomSource& random, std::string_view kind) {
  return random.stream("id/" + std::string(kind));
}

/// 32 hexadecimal digits of one draw.
std::string hex_block(const RandomStream& stream, std::uint64_t ordinal) {
  const PhiloxBlock block = stream.block(ordinal, 0);
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", block[0], block[1], block[2], block[3]);
}

/// A keyed permutation of the numbers of `digits` hexadecimal digits (a Feistel network of four
/// rounds), so that short ids do not collide: eight random digits would, about once in a hundred
/// runs of 10,000 instances.
std::uint64_t permuted(const RandomStream& stream, std::uint64_t ordinal, int digits) {
  const int half_bits = 2 * digits;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  std::uint64_t left = (ordinal >> half_bits) & mask;
  std::uint64_t right = ordinal & mask;
  for (std::uint32_t round = 0; round < 4; ++round) {
    const std::uint64_t mixed = stream.bits(right, round);
    const std::uint64_t next = left ^ (mixed & mask);
    left = right;
    right = next;
  }
  return (left << half_bits) | right;
}

std::string ecs_arn(std::string_view resource) {
  return fmt::format("arn:aws:ecs:{}:{}:{}", kRegion, kAccount, resource);
}

std::string elb_arn(std::string_view resource) {
  return fmt::format("arn:aws:elasticloadbalancing:{}:{}:{}", kRegion, kAccount, resource);
}

constexpr Date kLongInstanceIds{.year = 2016, .month = 1, .day = 1};
constexpr Date kHexTaskIds{.year = 2018, .month = 1, .day = 1};
constexpr Date kClusterInArn{.year = 2018, .month = 11, .day = 1};
constexpr Date kRandomDeploymentIds{.year = 2019, .month = 1, .day = 1};

}  // namespace

IdSource::IdSource(RandomSource random, Era era) : random_(random), era_(std::move(era)) {}

std::string IdSource::uuid(std::string_view kind, std::uint64_t ordinal) const {
  std::string digits = hex_block(stream_of(random_, kind), ordinal);
  digits[12] = '4';                                             // The version,
  digits[16] = "89ab"[static_cast<unsigned>(digits[16]) & 3U];  // and the variant of RFC 4122.
  const std::string_view d = digits;
  return fmt::format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4),
                     d.substr(16, 4), d.substr(20));
}

std::string IdSource::hex(std::string_view kind, std::uint64_t ordinal, int digits) const {
  STEADY_CHECK(digits >= 1 && digits <= 32, "an id has 1 to 32 hexadecimal digits");
  const RandomStream stream = stream_of(random_, kind);
  if (digits <= 16) return fmt::format("{:0{}x}", permuted(stream, ordinal, digits), digits);
  return hex_block(stream, ordinal).substr(0, static_cast<std::size_t>(digits));
}

std::string IdSource::task(std::uint64_t ordinal) const {
  return era_.since(kHexTaskIds) ? hex("task", ordinal, 32) : uuid("task", ordinal);
}

std::string IdSource::container_instance(std::uint64_t ordinal) const {
  constexpr std::string_view kKind = "container-instance";
  return era_.since(kHexTaskIds) ? hex(kKind, ordinal, 32) : uuid(kKind, ordinal);
}

std::string IdSource::instance(std::uint64_t ordinal) const {
  // The long form began with a zero wherever it was seen.
  return era_.since(kLongInstanceIds) ? "i-0" + hex("instance", ordinal, 16)
                                      : "i-" + hex("instance", ordinal, 8);
}

std::string IdSource::image(std::uint64_t ordinal) const {
  return era_.since(kLongInstanceIds) ? "ami-0" + hex("image", ordinal, 16)
                                      : "ami-" + hex("image", ordinal, 8);
}

std::string IdSource::deployment(std::uint64_t ordinal, std::int64_t unix_ms) const {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (!era_.since(kRandomDeploymentIds)) {
    // Neither part ever falls, so the sum is another one for each deployment.
    return fmt::format("ecs-svc/{}", kMax - (unix_ms + static_cast<std::int64_t>(ordinal)));
  }
  constexpr std::uint64_t kSmallest = 1'000'000'000'000'000'000;  // Of 19 digits.
  const std::uint64_t range = static_cast<std::uint64_t>(kMax) - kSmallest + 1;
  return fmt::format("ecs-svc/{}",
                     kSmallest + stream_of(random_, "deployment").below(range, ordinal, 0));
}

std::string IdSource::load_balancer_suffix(std::uint64_t ordinal) const {
  return hex("load-balancer", ordinal, 16);
}

std::string IdSource::cluster_arn(std::string_view name) {
  return ecs_arn(fmt::format("cluster/{}", name));
}

std::string IdSource::service_arn(std::string_view cluster, std::string_view name) const {
  return ecs_arn(era_.since(kClusterInArn) ? fmt::format("service/{}/{}", cluster, name)
                                           : fmt::format("service/{}", name));
}

std::string IdSource::task_arn(std::string_view cluster, std::string_view id) const {
  return ecs_arn(era_.since(kClusterInArn) ? fmt::format("task/{}/{}", cluster, id)
                                           : fmt::format("task/{}", id));
}

std::string IdSource::container_instance_arn(std::string_view cluster, std::string_view id) const {
  return ecs_arn(era_.since(kClusterInArn) ? fmt::format("container-instance/{}/{}", cluster, id)
                                           : fmt::format("container-instance/{}", id));
}

std::string IdSource::task_definition_arn(std::string_view family, int revision) {
  return ecs_arn(fmt::format("task-definition/{}:{}", family, revision));
}

std::string IdSource::target_group_arn(std::string_view name, std::string_view suffix) {
  return elb_arn(fmt::format("targetgroup/{}/{}", name, suffix));
}

std::string IdSource::load_balancer_arn(std::string_view name, std::string_view suffix,
                                        bool network) {
  return elb_arn(fmt::format("loadbalancer/{}/{}/{}", network ? "net" : "app", name, suffix));
}

std::string IdSource::listener_arn(std::string_view lb_name, std::string_view lb_suffix,
                                   std::string_view suffix, bool network) {
  return elb_arn(
      fmt::format("listener/{}/{}/{}/{}", network ? "net" : "app", lb_name, lb_suffix, suffix));
}

}  // namespace steady

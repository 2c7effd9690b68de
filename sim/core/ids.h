#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/calendar.h"
#include "sim/core/random.h"

namespace steady {

inline constexpr std::string_view kRegion = "us-east-1";
inline constexpr std::string_view kAccount = "123456789012";

/// Names things as AWS does (ecs.md 1.1, elb.md 7.1), from the seed alone. Each kind has a stream
/// of its own and `ordinal` counts within the kind, so one more instance does not rename the tasks.
class IdSource {
 public:
  IdSource(RandomSource random, Era era);

  std::string uuid(std::string_view kind, std::uint64_t ordinal) const;  ///< version 4 form
  /// 1 to 32 digits; up to 16 of them are another number for each of the 16^digits first ordinals.
  std::string hex(std::string_view kind, std::uint64_t ordinal, int digits) const;

  /// UUID before 2018, 32 hex digits since.
  std::string task(std::uint64_t ordinal) const;
  std::string container_instance(std::uint64_t ordinal) const;
  /// "i-" and 17 hex digits, the first of them 0; 8 before 2016. Never the same for two ordinals.
  std::string instance(std::uint64_t ordinal) const;
  std::string image(std::uint64_t ordinal) const;  ///< "ami-..."
  /// "ecs-svc/NUMBER": before 2019 NUMBER is 2^63 - 1 - unix milliseconds, less `ordinal` (from 0)
  /// to make it unique; since then 19 random digits (ecs.md 1.7).
  std::string deployment(std::uint64_t ordinal, std::int64_t unix_ms) const;
  std::string event(std::uint64_t ordinal) const { return uuid("event", ordinal); }
  std::string load_balancer_suffix(std::uint64_t ordinal) const;  ///< 16 hex digits

  const Era& era() const { return era_; }

  static std::string cluster_arn(std::string_view name);
  /// Short form before Nov 2018 (service/NAME), with the cluster since.
  std::string service_arn(std::string_view cluster, std::string_view name) const;
  std::string task_arn(std::string_view cluster, std::string_view id) const;
  std::string container_instance_arn(std::string_view cluster, std::string_view id) const;
  static std::string task_definition_arn(std::string_view family, int revision);
  static std::string target_group_arn(std::string_view name, std::string_view suffix);
  static std::string load_balancer_arn(std::string_view name, std::string_view suffix,
                                       bool network = false);
  static std::string listener_arn(std::string_view lb_name, std::string_view lb_suffix,
                                  std::string_view suffix, bool network = false);

 private:
  RandomSource random_;
  Era era_;
};

}  // namespace steady

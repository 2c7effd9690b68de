#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/settings.h"
#include "sim/core/result.h"

namespace steady::elb {

/// What is wrong with a setting, a sentence each; empty when nothing is. Ranges:
/// elb.md 1.1, 1.3, 1.6, 1.7, 2.3, 2.6, 2.14.
using Faults = std::vector<std::string>;

Faults faults_of(const TargetGroupSpec& spec);
/// What a TCP or TLS group may not have (elb.md 3).
Faults network_faults_of(const TargetGroupSpec& spec);
Faults faults_of(const LoadBalancerSpec& spec);
Faults faults_of(const ListenerSpec& spec);
Faults faults_of(const ClassicSpec& spec);
/// elb.md 2.11
Faults faults_of(const ActionSpec& spec);
Faults faults_of(const RuleSpec& spec);

/// All faults as one ValidationError (elb.md 7.1), or success.
Status refuse(const Faults& faults);

/// "HTTP"
std::string_view name(Protocol protocol);

}  // namespace steady::elb

#include "sim/traffic/source.h"

#include "sim/traffic/curves.h"

namespace steady::traffic {

std::unique_ptr<Shape> make_shape(const SourceSpec& spec, const RandomSource& random) {
  if (spec.trace) return make_recorded(spec.trace);
  const RateProfile profile =
      spec.bursts.empty() ? spec.profile
                          : bursts(spec.bursts, random.stream(spec.name + "/bursts"), spec.end);
  return spec.arrivals == SourceSpec::Arrivals::kConstant
             ? make_constant(profile)
             : make_poisson(profile, random.stream(spec.name + "/arrivals"));
}

}  // namespace steady::traffic

#include "sim/traffic/source.h"

namespace steady::traffic {

std::unique_ptr<Shape> make_shape(const SourceSpec& spec, const RandomSource& random) {
  if (spec.trace) return make_recorded(spec.trace);
  return spec.arrivals == SourceSpec::Arrivals::kConstant
             ? make_constant(spec.profile)
             : make_poisson(spec.profile, random.stream(spec.name + "/arrivals"));
}

}  // namespace steady::traffic

#include "sim/cloud/elb/registry.h"

namespace steady::elb {

#define ALGORITHM(name, maker) std::unique_ptr<Algorithm> maker();
#include "sim/cloud/elb/algorithms/algorithms.def"
#undef ALGORITHM

std::unique_ptr<Algorithm> make_algorithm(std::string_view name) {
#define ALGORITHM(known, maker) \
  if (name == known) return maker();
#include "sim/cloud/elb/algorithms/algorithms.def"
#undef ALGORITHM
  return nullptr;
}

std::vector<std::string> algorithm_names() {
  return {
#define ALGORITHM(name, maker) name,
#include "sim/cloud/elb/algorithms/algorithms.def"
#undef ALGORITHM
  };
}

}  // namespace steady::elb

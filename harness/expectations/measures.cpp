#include "harness/expectations/measure.h"

namespace steady::expectations {

#define LATER(words, needs)
#define MEASURE(words, meaning, parser) std::unique_ptr<Measure> parser(Tokens& tokens);
#include "harness/expectations/measures.def"
#undef MEASURE

const std::vector<MeasureEntry>& measures() {
  static const std::vector<MeasureEntry> kMeasures = {
#define MEASURE(words, meaning, parser) {words, meaning, parser},
#include "harness/expectations/measures.def"
#undef MEASURE
  };
  return kMeasures;
}
#undef LATER

const std::vector<LaterMeasure>& later_measures() {
#define MEASURE(words, meaning, parser)
#define LATER(words, needs) {words, needs},
  static const std::vector<LaterMeasure> kLater = {
#include "harness/expectations/measures.def"
  };
#undef LATER
#undef MEASURE
  return kLater;
}

}  // namespace steady::expectations

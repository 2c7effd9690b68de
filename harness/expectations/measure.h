#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/expectations/tokens.h"
#include "harness/expectations/value.h"
#include "harness/simulation/history.h"
#include "sim/dataplane/ledger.h"

namespace steady::simulation {
class CloudWatch;
}

namespace steady::expectations {

/// The stretch of the run over which a measure is taken.
struct Window {
  enum class Kind {
    kWhole,  ///< the run
    kAt,     ///< one moment
    kSpans,  ///< stretches
  } kind = Kind::kWhole;
  SimTime at{};
  simulation::Spans spans{{kStart, kNever}};
};

/// What measures read.
struct Facts {
  const simulation::History& history;
  const dataplane::Ledger& ledger;
  /// Kept when some measure reads them.
  const simulation::CloudWatch* metrics = nullptr;
};

/// A number, duration or text that a run has over a window. Plug-ins: one file below measures/ and
/// one line in measures.def.
class Measure {
 public:
  virtual ~Measure() = default;
  virtual Value over(const Facts& facts, const Window& window) const = 0;
  /// True for measures that count requests: their windows must be cut into the ledger.
  virtual bool reads_ledger() const { return false; }
  /// True for CloudWatch's metrics: the run must keep them.
  virtual bool reads_metrics() const { return false; }
  /// Names whose existence the validator can check: ("service", "web"), ("version", "web:2").
  virtual std::vector<std::pair<std::string, std::string>> references() const { return {}; }
};

/// Reads a measure's words; nullptr, and the tokens as they were, when it is none of its own.
using MeasureParser = std::unique_ptr<Measure> (*)(Tokens&);

/// One line of measures.def: for the parser, the user guide's list and the nearest name.
struct MeasureEntry {
  std::string_view words;  ///< how it is written: "requests.OUTCOME [to VERSION] [cause 'TEXT']"
  std::string_view meaning;
  MeasureParser parser;
};
const std::vector<MeasureEntry>& measures();

/// Measures of later issues, refused by name.
struct LaterMeasure {
  std::string_view words, needs;
};
const std::vector<LaterMeasure>& later_measures();

}  // namespace steady::expectations

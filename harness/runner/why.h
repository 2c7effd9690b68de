#pragma once

#include <ostream>
#include <string>

#include "harness/runner/exit_codes.h"

namespace steady::runner {

/// `steady why RUN.json REQUEST`: runs again what the result embeds, watches one request
/// ("SOURCE/INDEX", or an index of source 0) and tells its story from arrival to end. Refuses when
/// the program's version is another one, or when the run gives another digest.
ExitCode why(const std::string& path, const std::string& request, std::ostream& out,
             std::ostream& err);

}  // namespace steady::runner

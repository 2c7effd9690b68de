#pragma once

#include <string>

#include "sim/core/journal.h"

namespace steady::report {

/// A journal entry in a few words: "target i-0abc... is draining (...)".
std::string in_words(const JournalEntry& entry);

}  // namespace steady::report

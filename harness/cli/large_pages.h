#pragma once

namespace steady::cli {

/// Asks the system to give this program's heap in large pages, where it can: a world of 20,000
/// tasks has more small ones than the processor remembers the way to, and each request of it goes
/// somewhere else. Changes nothing but speed; called before anything else.
void prefer_large_pages();

}  // namespace steady::cli

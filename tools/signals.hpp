#pragma once

#include <vector>

namespace stet {

/// Ignores the signals by which a write that fails would end this process (a closed pipe, the limit of
/// file sizes): they are errors of that write. Call it first in main.
void ignore_write_signals();

/// Those of them that were not ignored before: what this process starts must find them by default.
const std::vector<int>& own_ignored_signals();

}  // namespace stet

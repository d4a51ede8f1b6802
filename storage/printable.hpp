#pragma once

#include <string>
#include <string_view>

namespace stet {

/// Text from a stranger's file, fit for a line on a terminal: control characters (C0, DEL, C1) become
/// '?', and what is longer than `bytes_max` is cut at a character and ends in "…".
std::string printable(std::string_view text, std::size_t bytes_max = 200);

}  // namespace stet

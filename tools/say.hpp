#pragma once

#include <string_view>

namespace stet {

/// Tells people one line, on stderr: "stet: " and the line, made `safe`, a long one without its middle. Never
/// throws and never fails: a full disk, a reader that has gone or a terminal that is no more decides no run
/// and no exit code. Nothing else in this room writes to stderr.
void say(std::string_view line) noexcept;

/// Writes the line over the one that it wrote last, without a line end; an empty one takes it away. For
/// terminals.
void say_over(std::string_view line) noexcept;

/// Makes sure that 0, 1 and 2 are open, so that no log or socket becomes one of them. Where one was closed,
/// /dev/null is opened the wrong way round: what reads or writes there fails as it did. False when there is
/// no /dev/null. Call it first in main.
[[nodiscard]] bool open_standard_descriptors();

}  // namespace stet

#pragma once

#include <stet/event.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

// Text for people. What a log holds is a stranger's: nothing of it reaches a terminal unescaped.

/// Control characters (also line feeds and tabs), escape sequences, bidi overrides and bytes that are not
/// UTF-8 made visible: what stands on one line cannot forge another. For names, paths and messages.
std::string safe(std::string_view text);
/// The same for text of several lines: line feeds and tabs stay.
std::string safe_text(std::string_view text);

/// `safe`, on one line (white space folded), cut with "…" at so many characters.
std::string short_line(std::string_view text, std::size_t characters_max);

/// `safe`, and of what is longer than so many characters both ends, with "…" between: a path that goes deep,
/// and what is said of it.
std::string both_ends(std::string_view text, std::size_t characters_max);

/// What a person reads of a payload: of content parts and MCP results their text, else as it is.
std::string plain_text(const std::string& text, Coding coding);

std::string ending_text(const std::optional<End>& end);            ///< "exit code 1", "signal 9 (Killed)"
std::string duration_text(std::int64_t us);                        ///< "4.2 s", "3 min 5 s"
std::string time_text(std::int64_t wall_ms);                       ///< "2026-11-23 17:30:12", local time
std::string size_text(std::uint64_t bytes);                        ///< "1.4 MB"
std::string count_text(std::int64_t count);                        ///< "12,345"
std::string count_text(const std::optional<std::int64_t>& count);  ///< "?" when unknown

/// Colours, when stdout is a terminal, NO_COLOR is not set and TERM is not dumb.
struct Paint {
    const char *red = "", *green = "", *yellow = "", *dim = "", *bold = "", *plain = "";
};
Paint paint();

}  // namespace stet

#pragma once

#include "tests/tidy/source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stet::tidy {

// The rules that a compiler does not know. Each looks at one file (or at all, where it says so) and
// returns what breaks it; what they can't see is written at each.

using Findings = std::vector<Finding>;

/// Who may include what (docs/architecture.md has the picture):
///
///   include/stet     the standard library, <stet/…>, <boost/system/…>
///   a room           <stet/*.hpp>, <stet/wire/…>, its own door, its own "room/…", its own libraries
///   tools            every door, "tools/…", CLI11
///   tests/ROOM       what the room may, "tests/…", doctest, Boost.JSON as an oracle
///   tests/house      every door, no room's private headers; bench the same
Findings check_includes(const Source& source);

/// Rooms that decide are pure: no clock, environment, randomness, thread, or writing to the disk.
/// Names, not meanings: a clock that comes in through a function of another name is not seen.
Findings check_purity(const Source& source);

/// What is said to people decides nothing: in tools/ only `say` writes to stderr.
Findings check_speech(const Source& source);

inline constexpr std::size_t function_lines_max = 60;
inline constexpr std::size_t file_lines_max = 450;
inline constexpr std::size_t columns_max = 110;

/// Lines from a function's first (its return type) to its closing brace. Matches braces over blanked
/// code: functions whose braces an #if splits, or a macro hides, are not measured rightly. Lambdas,
/// local classes and everything else inside count as the function's own.
Findings check_function_lines(const Source& source);
/// The same for shell functions of the form `name() {` … `}` in column one.
Findings check_shell_function_lines(const Source& source);
Findings check_file_lines(const Source& source);
/// Columns are code points.
Findings check_columns(const Source& source);

/// g++ 12 miscompiles statements that hold a co_await and braces (or a lambda): objects are destroyed twice.
Findings check_co_await(const Source& source);

/// Words that say that something is unfinished, names that say nothing, and two words for one thing.
Findings check_words(const Source& source);

/// Markdown: exactly one title, and every relative link leads to one of `paths`.
Findings check_markdown(const Source& source, const std::vector<std::string>& paths);

/// All rooms share the namespace `stet` and one program, so a type's name belongs to one of them: two types
/// of one name, each private to its room, compile and link, and then destroy each other. Looks at the whole
/// tree at once. (Types in anonymous namespaces and inside other types are nobody's business; doubled
/// functions do not link.)
Findings check_one_definition(const std::vector<Source>& tree);

/// Every .cpp stands in the CMakeLists.txt nearest above it, or with its whole path in cmake/. Looks at
/// the whole tree at once.
Findings check_listed(const std::vector<Source>& tree);

}  // namespace stet::tidy

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// Edits to the answer beyond which a diff is not computed (memory grows with the square).
inline constexpr std::size_t patch_edits_max = 5'000;

/// A patch with four lines of context as the filesystem server shows edits: `Index:` line, rule, `---`
/// and `+++` with the words "original" and "modified", hunks that always name their line counts.
/// Empty when the texts differ by more than `patch_edits_max` lines.
///
/// The script is the greedy one of E. Myers, "An O(ND) Difference Algorithm" (1986), forward from the
/// beginning; where two ways are as far, it removes before it adds.
[[nodiscard]] std::optional<std::string> make_patch(std::string_view path, std::string_view before,
                                                    std::string_view after);

}  // namespace stet

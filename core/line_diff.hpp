#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace stet {

/// A text's lines, each with its newline (the last one may lack it).
std::vector<std::string_view> split_lines(std::string_view text);

/// Lines `before_begin…before_end` give way to `after_begin…after_end`; one of them may be empty.
/// 0-based, ends exclusive.
struct LineChange {
    std::size_t before_begin, before_end, after_begin, after_end;
};

struct LineDiffLimits {
    std::size_t edits_max = 2'000;       ///< Lines deleted and inserted.
    std::size_t steps_max = 50'000'000;  ///< Comparisons of lines.
};

/// The changes, in order, with at least one common line between any two: as few lines as possible, by
/// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). Beyond the limits,
/// everything between the common beginning and the common end is one change.
std::vector<LineChange> diff_lines(const std::vector<std::string_view>& before,
                                   const std::vector<std::string_view>& after,
                                   const LineDiffLimits& limits = {});

}  // namespace stet

#include "core/line_diff.hpp"
#include "core/utf8.hpp"

#include <stet/tree.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::size_t context_lines = 3;

using Lines = std::vector<std::string_view>;
using Changes = std::vector<LineChange>;

// "3,7": first line (1-based) and number of lines. One line goes without a number; of no lines, the line
// before is named.
std::string range(std::size_t begin, std::size_t end) {
    const std::size_t count = end - begin;
    if (count == 1) return fmt::format("{}", begin + 1);
    return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

void write_line(std::string& out, char sign, std::string_view line) {
    out.push_back(sign);
    out.append(line);
    if (!line.ends_with('\n')) out.append("\n\\ No newline at end of file\n");
}

void write_lines(std::string& out, char sign, const Lines& lines, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
        write_line(out, sign, lines[i]);
}

// Changes `first…last` stand in one hunk: what is common between them is shown whole.
void write_hunk(std::string& out, const Lines& before, const Lines& after, const LineChange* first,
                const LineChange* last) {
    const std::size_t lead = std::min(context_lines, first->before_begin);
    const LineChange& end = *(last - 1);
    const std::size_t trail = std::min(context_lines, before.size() - end.before_end);
    out.append(fmt::format("@@ -{} +{} @@\n", range(first->before_begin - lead, end.before_end + trail),
                           range(first->after_begin - lead, end.after_end + trail)));
    std::size_t at = first->before_begin - lead;
    for (const LineChange* change = first; change != last; ++change) {
        write_lines(out, ' ', before, at, change->before_begin);
        write_lines(out, '-', before, change->before_begin, change->before_end);
        write_lines(out, '+', after, change->after_begin, change->after_end);
        at = change->before_end;
    }
    write_lines(out, ' ', before, at, at + trail);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after) {
    const Lines left = split_lines(before);
    const Lines right = split_lines(after);
    const Changes changes = diff_lines(left, right);
    std::string out;
    for (std::size_t begin = 0; begin < changes.size();) {
        std::size_t end = begin + 1;
        // Two changes whose contexts would touch share a hunk.
        while (end < changes.size() &&
               changes[end].before_begin - changes[end - 1].before_end <= 2 * context_lines) {
            ++end;
        }
        write_hunk(out, left, right, changes.data() + begin, changes.data() + end);
        begin = end;
    }
    return out;
}

bool looks_like_text(std::string_view bytes) {
    return bytes.find('\0') == std::string_view::npos && valid_utf8(bytes);
}

}  // namespace stet

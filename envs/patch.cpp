#include "envs/patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace stet {
namespace {

constexpr std::size_t context_lines = 4;

/// Lines with their ends.
std::vector<std::string_view> cut_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto take = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, take));
        text.remove_prefix(take);
    }
    return lines;
}

/// Numbers for lines, so that comparing two is cheap.
class LineNumbers {
public:
    std::vector<std::uint32_t> of(const std::vector<std::string_view>& lines) {
        std::vector<std::uint32_t> numbers;
        for (const auto line : lines) {
            numbers.push_back(
                known_.try_emplace(line, static_cast<std::uint32_t>(known_.size())).first->second);
        }
        return numbers;
    }

private:
    std::map<std::string_view, std::uint32_t> known_;
};

/// Myers' greedy search. `reached_[d][k]` is how many old lines the furthest path with d edits has
/// consumed on diagonal k (old minus new lines), or -1 when no path is there.
class EditScript {
public:
    EditScript(std::vector<std::uint32_t> before, std::vector<std::uint32_t> after)
        : before_(std::move(before)), after_(std::move(after)) {}

    /// ' ', '-' and '+' in order; empty when there are too many edits.
    std::optional<std::string> find() {
        const auto end = rows() - columns();
        for (std::ptrdiff_t edits = 0; edits <= static_cast<std::ptrdiff_t>(patch_edits_max); ++edits) {
            reached_.emplace_back(static_cast<std::size_t>(edits) + 1, -1);
            for (auto diagonal = -edits; diagonal <= edits; diagonal += 2) {
                const auto row = extend(begin_row(edits, diagonal), diagonal);
                reached_.back()[slot(edits, diagonal)] = static_cast<std::int32_t>(row);
                if (row == rows() && diagonal == end) return walk_back(edits);
            }
        }
        return std::nullopt;
    }

private:
    std::ptrdiff_t rows() const { return static_cast<std::ptrdiff_t>(before_.size()); }
    std::ptrdiff_t columns() const { return static_cast<std::ptrdiff_t>(after_.size()); }
    static std::size_t slot(std::ptrdiff_t edits, std::ptrdiff_t diagonal) {
        return static_cast<std::size_t>((diagonal + edits) / 2);
    }

    std::ptrdiff_t reached(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
        if (diagonal < -edits || diagonal > edits) return -1;
        return reached_[static_cast<std::size_t>(edits)][slot(edits, diagonal)];
    }

    /// Does the path to this diagonal come by adding a line (from the diagonal above)? Empty: it has none.
    std::optional<bool> adds(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
        const auto removing = reached(edits - 1, diagonal - 1);
        const auto adding = reached(edits - 1, diagonal + 1);
        const bool can_remove = removing >= 0 && removing < rows();
        const bool can_add = adding >= 0 && adding - diagonal - 1 < columns();
        if (!can_remove && !can_add) return std::nullopt;
        return !can_remove || (can_add && removing < adding);
    }

    std::ptrdiff_t begin_row(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
        if (edits == 0) return 0;
        const auto add = adds(edits, diagonal);
        if (!add) return -1;
        return *add ? reached(edits - 1, diagonal + 1) : reached(edits - 1, diagonal - 1) + 1;
    }

    std::ptrdiff_t extend(std::ptrdiff_t row, std::ptrdiff_t diagonal) const {
        if (row < 0) return row;
        while (row < rows() && row - diagonal < columns() &&
               before_[static_cast<std::size_t>(row)] == after_[static_cast<std::size_t>(row - diagonal)]) {
            ++row;
        }
        return row;
    }

    std::string walk_back(std::ptrdiff_t edits) const {
        std::string script;
        auto diagonal = rows() - columns();
        auto row = rows();
        for (; edits > 0; --edits) {
            const auto begin = begin_row(edits, diagonal);
            script.append(static_cast<std::size_t>(row - begin), ' ');
            const bool add = adds(edits, diagonal).value_or(false);
            script += add ? '+' : '-';
            row = add ? begin : begin - 1;
            diagonal += add ? 1 : -1;
        }
        script.append(static_cast<std::size_t>(row), ' ');
        std::ranges::reverse(script);
        return script;
    }

    std::vector<std::uint32_t> before_, after_;
    std::vector<std::vector<std::int32_t>> reached_;
};

/// A stretch of the script, with the lines that stand before it on either side.
struct Hunk {
    std::size_t begin = 0, end = 0;
};

/// Changes with their context; those whose contexts touch are one.
std::vector<Hunk> find_hunks(std::string_view script) {
    std::vector<Hunk> hunks;
    for (std::size_t at = 0; at < script.size(); ++at) {
        if (script[at] == ' ') continue;
        const auto begin = at - std::min(at, context_lines);
        const auto end = std::min(script.size(), at + 1 + context_lines);
        if (!hunks.empty() && begin <= hunks.back().end) {
            hunks.back().end = end;
        } else {
            hunks.push_back({begin, end});
        }
    }
    return hunks;
}

class PatchWriter {
public:
    PatchWriter(std::string_view script, const std::vector<std::string_view>& before,
                const std::vector<std::string_view>& after)
        : script_(script), before_(before), after_(after) {}

    void write(const Hunk& hunk) {
        for (; at_ < hunk.begin; ++at_)
            pass(script_[at_]);
        const auto part = script_.substr(hunk.begin, hunk.end - hunk.begin);
        const auto count = [&part](char without) {
            return part.size() - static_cast<std::size_t>(std::ranges::count(part, without));
        };
        const auto old_lines = count('+'), new_lines = count('-');
        // A side without lines is named by the line before it.
        text_ += fmt::format("@@ -{},{} +{},{} @@\n", old_at_ + (old_lines == 0 ? 0 : 1), old_lines,
                             new_at_ + (new_lines == 0 ? 0 : 1), new_lines);
        for (; at_ < hunk.end; ++at_) {
            const char mark = script_[at_];
            const auto line = mark == '+' ? after_[new_at_] : before_[old_at_];
            text_ += mark;
            text_ += line;
            if (!line.ends_with('\n')) text_ += "\n\\ No newline at end of file\n";
            pass(mark);
        }
    }

    std::string take() { return std::move(text_); }

private:
    void pass(char mark) {
        old_at_ += mark == '+' ? 0 : 1;
        new_at_ += mark == '-' ? 0 : 1;
    }

    std::string_view script_;
    const std::vector<std::string_view>& before_;
    const std::vector<std::string_view>& after_;
    std::size_t at_ = 0, old_at_ = 0, new_at_ = 0;
    std::string text_;
};

}  // namespace

std::optional<std::string> make_patch(std::string_view path, std::string_view before,
                                      std::string_view after) {
    const auto old_lines = cut_lines(before), new_lines = cut_lines(after);
    LineNumbers numbers;
    auto old_numbers = numbers.of(old_lines);
    auto new_numbers = numbers.of(new_lines);
    const auto script = EditScript(std::move(old_numbers), std::move(new_numbers)).find();
    if (!script) return std::nullopt;
    PatchWriter writer(*script, old_lines, new_lines);
    for (const auto& hunk : find_hunks(*script))
        writer.write(hunk);
    return fmt::format("Index: {0}\n{1:=>67}\n--- {0}\toriginal\n+++ {0}\tmodified\n{2}", path, "",
                       writer.take());
}

}  // namespace stet

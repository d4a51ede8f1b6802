#include "core/line_diff.hpp"

#include <algorithm>
#include <optional>

namespace stet {
namespace {

using Lines = std::vector<std::string_view>;
using Ids = std::vector<std::uint32_t>;

// Equal lines get equal numbers, so that a comparison costs the same for all of them.
void number_lines(const Lines& before, const Lines& after, Ids& left, Ids& right) {
    Lines distinct(before);
    distinct.insert(distinct.end(), after.begin(), after.end());
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    const auto number = [&](std::string_view line) {
        const auto found = std::lower_bound(distinct.begin(), distinct.end(), line);
        return static_cast<std::uint32_t>(found - distinct.begin());
    };
    for (const auto line : before)
        left.push_back(number(line));
    for (const auto line : after)
        right.push_back(number(line));
}

// Myers' forward search. Round d keeps, for each diagonal k = x - y of -d…d in steps of 2, the furthest x
// that d edits reach. All rounds are kept, one after the other, to walk back through them.
class Myers {
public:
    Myers(const Ids& before, const Ids& after, const LineDiffLimits& limits)
        : before_(before), after_(after), limits_(limits) {}

    // For each line: does it go, does it come? Empty when a limit stopped the search.
    struct Script {
        std::vector<bool> deleted, inserted;
    };
    std::optional<Script> run() {
        const std::size_t edits_max = std::min(limits_.edits_max, before_.size() + after_.size());
        for (std::size_t d = 0; d <= edits_max && steps_ <= limits_.steps_max; ++d) {
            if (round(static_cast<Count>(d))) return walk_back(static_cast<Count>(d));
        }
        return std::nullopt;
    }

private:
    using Count = std::ptrdiff_t;

    // Where round d keeps diagonal k: the rounds before hold 1 + 2 + … + d values.
    static std::size_t slot(Count d, Count k) {
        return static_cast<std::size_t>(d * (d + 1) / 2 + (k + d) / 2);
    }
    Count reached(Count d, Count k) const { return furthest_[slot(d, k)]; }

    // Did the best way to diagonal k in round d come from above, by an insertion?
    bool came_down(Count d, Count k) const {
        if (k == -d) return true;
        return k != d && reached(d - 1, k - 1) < reached(d - 1, k + 1);
    }
    // The x at which round d begins on diagonal k, before it follows equal lines.
    Count start(Count d, Count k) const {
        if (d == 0) return 0;
        return came_down(d, k) ? reached(d - 1, k + 1) : reached(d - 1, k - 1) + 1;
    }

    bool round(Count d);
    Script walk_back(Count d) const;

    const Ids& before_;
    const Ids& after_;
    const LineDiffLimits limits_;
    std::vector<std::int32_t> furthest_;
    std::size_t steps_ = 0;
};

bool Myers::round(Count d) {
    const auto width = static_cast<Count>(before_.size());
    const auto height = static_cast<Count>(after_.size());
    for (Count k = -d; k <= d; k += 2) {
        const Count begin = start(d, k);
        Count x = begin;
        Count y = x - k;
        while (x < width && y < height &&
               before_[static_cast<std::size_t>(x)] == after_[static_cast<std::size_t>(y)]) {
            ++x;
            ++y;
        }
        steps_ += static_cast<std::size_t>(x - begin) + 1;
        furthest_.push_back(static_cast<std::int32_t>(x));
        if (x >= width && y >= height) return true;
    }
    return false;
}

Myers::Script Myers::walk_back(Count d) const {
    Script script{std::vector<bool>(before_.size()), std::vector<bool>(after_.size())};
    Count k = static_cast<Count>(before_.size()) - static_cast<Count>(after_.size());
    for (; d > 0; --d) {
        const bool down = came_down(d, k);
        const Count x = start(d, k);
        if (down) {
            script.inserted[static_cast<std::size_t>(x - k - 1)] = true;
            ++k;
        } else {
            script.deleted[static_cast<std::size_t>(x - 1)] = true;
            --k;
        }
    }
    return script;
}

std::vector<LineChange> collect(const Myers::Script& script, std::size_t skipped) {
    std::vector<LineChange> changes;
    std::size_t x = 0;
    std::size_t y = 0;
    while (x < script.deleted.size() || y < script.inserted.size()) {
        const LineChange begin{x, x, y, y};
        while (x < script.deleted.size() && script.deleted[x])
            ++x;
        while (y < script.inserted.size() && script.inserted[y])
            ++y;
        if (x == begin.before_begin && y == begin.after_begin) {
            ++x;
            ++y;
            continue;
        }
        changes.push_back(
            {begin.before_begin + skipped, x + skipped, begin.after_begin + skipped, y + skipped});
    }
    return changes;
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

std::vector<LineChange> diff_lines(const Lines& before, const Lines& after, const LineDiffLimits& limits) {
    const auto differ = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    const auto head = static_cast<std::size_t>(differ.first - before.begin());
    const auto shorter = std::min(before.size(), after.size());
    std::size_t tail = 0;
    while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    const std::size_t before_end = before.size() - tail;
    const std::size_t after_end = after.size() - tail;
    if (head == before_end && head == after_end) return {};
    const LineChange everything{head, before_end, head, after_end};
    if (head == before_end || head == after_end) return {everything};

    const auto middle = [&](const Lines& lines, std::size_t end) {
        const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(head);
        return Lines(begin, lines.begin() + static_cast<std::ptrdiff_t>(end));
    };
    Ids left;
    Ids right;
    number_lines(middle(before, before_end), middle(after, after_end), left, right);
    const auto script = Myers(left, right, limits).run();
    return script ? collect(*script, head) : std::vector<LineChange>{everything};
}

}  // namespace stet

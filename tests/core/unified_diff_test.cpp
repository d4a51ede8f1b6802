#include "core/line_diff.hpp"

#include <stet/tree.hpp>

#include <doctest/doctest.h>

#include <random>

namespace stet {
namespace {

std::string lines(int begin, int end) {
    std::string text;
    for (int i = begin; i <= end; ++i)
        text += std::to_string(i) + "\n";
    return text;
}

std::string joined(const std::vector<std::string_view>& parts, std::size_t begin, std::size_t end) {
    std::string text;
    for (std::size_t i = begin; i < end; ++i)
        text += parts[i];
    return text;
}

// A unified diff applied by its signs alone: what stands in hunks is taken from the diff, what stands
// between them from `before`.
std::string patched(const std::string& before, const std::string& diff) {
    const auto old_lines = split_lines(before);
    const auto diff_lines = split_lines(diff);
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < diff_lines.size(); ++i) {
        const std::string line(diff_lines[i]);
        if (line.starts_with("@@ -")) {
            const auto number = static_cast<std::size_t>(std::stoul(line.substr(4)));
            const bool none = line.substr(4, line.find(' ', 4) - 4).ends_with(",0");
            const std::size_t begin = none ? number : number - 1;
            REQUIRE(begin >= at);
            out += joined(old_lines, at, begin);
            at = begin;
            continue;
        }
        if (line.front() == '\\') continue;
        auto content = line.substr(1);
        if (i + 1 < diff_lines.size() && diff_lines[i + 1].front() == '\\') content.pop_back();
        if (line.front() != '+') {
            REQUIRE(at < old_lines.size());
            REQUIRE(old_lines[at] == content);
            ++at;
        }
        if (line.front() != '-') out += content;
    }
    return out + joined(old_lines, at, old_lines.size());
}

// The least number of lines deleted and inserted, by the table that every textbook has.
std::size_t least_edits(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
    std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1
                                                : std::max(common[i - 1][j], common[i][j - 1]);
        }
    }
    return a.size() + b.size() - 2 * common[a.size()][b.size()];
}

std::size_t count_edits(const std::vector<LineChange>& changes) {
    std::size_t count = 0;
    for (const auto& c : changes)
        count += c.before_end - c.before_begin + c.after_end - c.after_begin;
    return count;
}

}  // namespace

TEST_CASE("core/unified_diff: known texts have known diffs") {
    struct Row {
        const char* name;
        std::string before, after, diff;
    };
    const Row rows[] = {
        {"equal", "a\nb\n", "a\nb\n", ""},
        {"both empty", "", "", ""},
        {"from nothing", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
        {"to nothing", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
        {"one line changed", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
        {"the only line", "a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
        {"three lines around", lines(1, 9), lines(1, 4) + "five\n" + lines(6, 9),
         "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
        {"a line added at the end", lines(1, 5), lines(1, 6), "@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n"},
        {"a line removed at the beginning", lines(1, 5), lines(2, 5), "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n"},
        {"contexts that touch share a hunk", lines(1, 8), "x\n" + lines(2, 7) + "y\n",
         "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
        {"contexts that do not touch have two", lines(1, 9), "x\n" + lines(2, 8) + "y\n",
         "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
        {"the newline at the end goes", "a\nb\n", "a\nb",
         "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
        {"the newline at the end comes", "a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
        {"no newline on either side", "a\nb", "x\nb",
         "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"},
        {"a carriage return is part of its line", "a\r\n", "a\n", "@@ -1 +1 @@\n-a\r\n+a\n"},
        {"deletions stand before insertions", "a\nb\nc\nd\n", "a\nx\ny\nd\n",
         "@@ -1,4 +1,4 @@\n a\n-b\n-c\n+x\n+y\n d\n"},
        {"a block moved", "f\n{\n}\ng\n", "g\nf\n{\n}\n", "@@ -1,4 +1,4 @@\n+g\n f\n {\n }\n-g\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(unified_diff(row.before, row.after) == row.diff);
        CHECK(patched(row.before, row.diff) == row.after);
    }
}

TEST_CASE("core/unified_diff: a diff applied gives the text after, with as few lines as can be") {
    for (unsigned seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto make = [&](std::size_t most) {
            std::string text;
            for (std::size_t i = random() % most; i > 0; --i)
                text.append(1, "abcd"[random() % 4]).append("\n");
            if (random() % 3 == 0 && !text.empty()) text.pop_back();
            return text;
        };
        const auto before = make(30);
        const auto after = make(30);
        CAPTURE(before);
        CAPTURE(after);
        CHECK(patched(before, unified_diff(before, after)) == after);
        const auto left = split_lines(before);
        const auto right = split_lines(after);
        CHECK(count_edits(diff_lines(left, right)) == least_edits(left, right));
    }
}

TEST_CASE("core/unified_diff: very different texts are shown as replaced, and quickly") {
    const auto before = "same\n" + lines(0, 5000) + "end\n";
    const auto after = "same\n" + lines(10'000, 15'000) + "end\n";
    const auto diff = unified_diff(before, after);
    CHECK(diff.starts_with("@@ -1,5003 +1,5003 @@\n same\n-0\n-1\n"));
    CHECK(patched(before, diff) == after);

    const auto left = split_lines("a\nb\nc\nd\n");
    const auto right = split_lines("a\nc\nx\nd\n");
    CHECK(diff_lines(left, right, {.edits_max = 2}).size() == 2);
    CHECK(diff_lines(left, right, {.edits_max = 1}).size() == 1);
    CHECK(diff_lines(left, right, {.steps_max = 1}).size() == 1);
    CHECK(count_edits(diff_lines(left, right, {.edits_max = 1})) == 4);
}

TEST_CASE("core/unified_diff: a small change in a long text costs little") {
    auto before = lines(0, 50'000);
    auto after = before;
    after.insert(after.find("25000\n"), "new\n");
    after.replace(after.find("49000\n"), 5, "x");
    CHECK(unified_diff(before, after) ==
          "@@ -24998,6 +24998,7 @@\n 24997\n 24998\n 24999\n+new\n 25000\n 25001\n 25002\n"
          "@@ -48998,7 +48999,7 @@\n 48997\n 48998\n 48999\n-49000\n+x\n 49001\n 49002\n 49003\n");
}

}  // namespace stet

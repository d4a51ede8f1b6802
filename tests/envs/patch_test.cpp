#include "envs/patch.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace stet {
namespace {

std::string numbered(int from, int until) {
    std::string text;
    for (int i = from; i < until; ++i)
        text += "l" + std::to_string(i) + "\n";
    return text;
}

std::string hunks_of(const std::string& patch) {
    const auto at = patch.find("modified\n");
    return patch.substr(at + 9);
}

/// The new text, made of the old one by the hunks: what makes a patch right.
std::string apply(const std::string& before, const std::string& patch) {
    std::vector<std::string> old_lines;
    for (std::size_t at = 0; at < before.size();) {
        const auto end = std::min(before.find('\n', at), before.size() - 1);
        old_lines.push_back(before.substr(at, end - at + 1));
        at = end + 1;
    }
    std::string after;
    std::size_t next = 0;
    char mark = ' ';
    const auto text = hunks_of(patch);
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        const auto line = text.substr(at, end - at + 1);
        at = end + 1;
        if (line[0] == '@') {
            const auto comma = line.find(',');
            const auto begin = std::stoul(line.substr(4, comma - 4));
            const bool none = line.substr(comma + 1, 2) == "0 ";
            while (next < (none ? begin : begin - 1))
                after += old_lines[next++];
        } else if (line[0] == '\\') {
            if (mark != '-') after.pop_back();
        } else {
            if (line[0] != '-') after += line.substr(1);
            if (line[0] != '+') ++next;
            mark = line[0];
        }
    }
    while (next < old_lines.size())
        after += old_lines[next++];
    return after;
}

}  // namespace

TEST_CASE("envs/patch: equal texts have a header and no hunk") {
    const auto patch = make_patch("/p", "a\n", "a\n");
    REQUIRE(patch.has_value());
    CHECK(*patch == "Index: /p\n" + std::string(67, '=') + "\n--- /p\toriginal\n+++ /p\tmodified\n");
}

TEST_CASE("envs/patch: hunks whose contexts touch are one") {
    auto text = numbered(0, 40);
    const auto change = [&](int first, int second) {
        auto after = text;
        for (const int line : {first, second}) {
            const auto old_line = "\nl" + std::to_string(line) + "\n";
            after.replace(after.find(old_line), old_line.size(), "\nX" + std::to_string(line) + "\n");
        }
        const auto hunks = hunks_of(*make_patch("p", text, after));
        return hunks.find("@@", 4) == hunks.rfind("@@");
    };
    CHECK(change(10, 19));
    CHECK_FALSE(change(10, 20));
}

TEST_CASE("envs/patch: a patch makes the new text of the old one, for 300 seeds") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
        const auto text = [&] {
            std::string made;
            for (unsigned lines = pick(14); lines > 0; --lines)
                made += std::string(1, static_cast<char>('a' + pick(4))) + "\n";
            if (!made.empty() && pick(4) == 0) made.pop_back();
            return made;
        };
        const auto before = text(), after = text();
        const auto patch = make_patch("p", before, after);
        REQUIRE(patch.has_value());
        CHECK(apply(before, *patch) == after);
    }
}

TEST_CASE("envs/patch: texts that differ too much are not compared") {
    CHECK_FALSE(make_patch("p", numbered(0, 2600), numbered(5000, 7600)).has_value());
}

}  // namespace stet

#include "envs/needle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace stet::envs {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool plainly_in(std::string needle, std::string hay) {
    std::ranges::transform(needle, needle.begin(), lower);
    std::ranges::transform(hay, hay.begin(), lower);
    return hay.find(needle) != std::string::npos;
}

}  // namespace

TEST_CASE("envs/needle: a text is found whatever its case, and nothing else is taken for it") {
    CHECK(Needle("").is_in(""));
    CHECK(Needle("").is_in("x"));
    CHECK_FALSE(Needle("x").is_in(""));
    CHECK(Needle("Sofia").is_in("from: SOFIA santos"));
    // What differs by the bit between capitals and small letters, and is no letter.
    CHECK_FALSE(Needle("@").is_in("`"));
    CHECK_FALSE(Needle("a[").is_in("a{"));
    CHECK(Needle("É").is_in("CAFÉ"));
}

TEST_CASE("envs/needle: it finds what a search place by place finds") {
    constexpr std::string_view letters = "abABzZ@`[{ \xC3\x89";
    for (unsigned seed = 1; seed <= 3000; ++seed) {
        std::mt19937 dice(seed);
        const auto text = [&](std::size_t size) {
            std::string made;
            while (made.size() < size)
                made += letters[dice() % (2 + dice() % (letters.size() - 1))];
            return made;
        };
        const auto needle = text(dice() % 6), hay = text(dice() % 70);
        CAPTURE(seed);
        CAPTURE(needle);
        CAPTURE(hay);
        REQUIRE(Needle(needle).is_in(hay) == plainly_in(needle, hay));
    }
}

}  // namespace stet::envs

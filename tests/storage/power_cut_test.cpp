#include "tests/storage/power_cut.hpp"

#include <doctest/doctest.h>

using namespace stet;
using namespace stet::test;

TEST_CASE("storage/power: nothing acknowledged is lost when the power goes, with durability power") {
    std::size_t acknowledged = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const PowerCuts cuts = cut_power_often(seed, Durability::power, 10);
        for (const std::string& problem : cuts.problems)
            FAIL_CHECK(problem);
        acknowledged += cuts.acknowledged;
    }
    CHECK(acknowledged > 30);
}

TEST_CASE("storage/power: durability process may lose the end, and nothing else") {
    std::size_t lost = 0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        for (const std::string& problem : cut_power_often(seed, Durability::process, 10).problems) {
            // What is left verifies all the same; and that something is lost proves the test before.
            CAPTURE(problem);
            CHECK(problem.find(": lost: ") != std::string::npos);
            ++lost;
        }
    }
    CHECK(lost > 0);
}

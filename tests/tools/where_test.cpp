#include "tools/where.hpp"

#include <doctest/doctest.h>

namespace stet {

TEST_CASE("tools/where: a condition holds as it is written") {
    const RunFacts facts{{"verdict", "fail"}, {"failures", "12"}, {"name", "night-7"}, {"tag.model", "m"}};
    struct Row {
        std::string condition;
        bool holds;
    };
    const Row rows[] = {
        {"verdict=fail", true},  {"verdict=pass", false},     {"verdict!=pass", true},
        {"failures>9", true},    {"failures<9", false},       {"failures>=12", true},
        {"failures<=11", false}, {"name~night", true},        {"name~day", false},
        {"tag.model=m", true},   {"replay=confirmed", false}, {"replay!=confirmed", true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.condition);
        const auto conditions = parse_where({row.condition});
        REQUIRE(conditions.has_value());
        CHECK(holds(*conditions, facts) == row.holds);
    }
}

TEST_CASE("tools/where: all of several conditions must hold") {
    const RunFacts facts{{"verdict", "fail"}, {"failures", "2"}};
    CHECK(holds(*parse_where({"verdict=fail", "failures=2"}), facts));
    CHECK_FALSE(holds(*parse_where({"verdict=fail", "failures=3"}), facts));
}

TEST_CASE("tools/where: what is no condition is an error that says what is") {
    for (const std::string word :
         {"verdict", "=fail", "colour=red", "verdict!fail", "failures>=x", "trial=", ""}) {
        CAPTURE(word);
        const auto conditions = parse_where({word});
        REQUIRE_FALSE(conditions.has_value());
        CHECK_FALSE(conditions.error().hint.empty());
    }
}

}  // namespace stet

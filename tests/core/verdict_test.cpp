#include <stet/verdict.hpp>

#include <doctest/doctest.h>

namespace stet {

TEST_CASE("core/verdict: an exit is judged, and trouble is never a pass or a fail") {
    struct Row {
        std::optional<int> exit_code, signal;
        bool timed_out;
        const char* problem;
        Outcome outcome;
        const char* why;
    };
    const Row rows[] = {
        {0, {}, false, "", Outcome::pass, "exit code 0"},
        {1, {}, false, "", Outcome::fail, "exit code 1"},
        {125, {}, false, "", Outcome::fail, "exit code 125"},
        {126, {}, false, "", Outcome::error, "exit code 126: the command cannot be executed"},
        {127, {}, false, "", Outcome::error, "exit code 127: the command was not found"},
        {128, {}, false, "", Outcome::fail, "exit code 128"},
        {{}, 9, false, "", Outcome::error, "ended by signal 9"},
        {{}, 9, true, "", Outcome::error, "timed out"},
        {0, {}, true, "", Outcome::error, "timed out"},
        {0, {}, false, "no sandbox", Outcome::error, "no sandbox"},
        {{}, {}, false, "no sandbox", Outcome::error, "no sandbox"},
        {{}, {}, false, "", Outcome::not_run, "did not run"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto verdict = judge_exit("tests", row.exit_code, row.signal, row.timed_out, row.problem);
        CHECK(verdict.check == "tests");
        CHECK(verdict.kind == VerifierKind::rule);
        CHECK(verdict.outcome == row.outcome);
        CHECK(verdict.why == row.why);
        CHECK(!verdict.score);
    }
}

TEST_CASE("core/verdict: outcomes and verifiers have their words") {
    CHECK(to_string(Outcome::pass) == "pass");
    CHECK(to_string(Outcome::not_run) == "not_run");
    CHECK(to_string(VerifierKind::rule) == "rule");
    CHECK(to_string(VerifierKind::human) == "human");
}

}  // namespace stet

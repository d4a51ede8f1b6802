#include "tests/replay/recording.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace stet {
namespace {

using test::Files;
using test::Recording;

CheckSpec test_spec() {
    CheckSpec spec;
    spec.name = "tests";
    spec.command = "make test";
    return spec;
}

CheckResult exited(int code) {
    CheckResult result;
    result.exit_code = code;
    return result;
}

CheckResult with_tool(CheckResult result, const std::string& name, const Digest& digest) {
    result.environment.toolchain.push_back({name, "/usr/bin/" + name, digest});
    return result;
}

Verdict says(Outcome outcome) {
    Verdict verdict;
    verdict.check = "tests";
    verdict.outcome = outcome;
    return verdict;
}

using Runs = std::function<CheckResult(int)>;

/// Replays one recorded check; `runs` is what each run of it gives.
CheckReplay replay_check(Recording& made, const Runs& runs, std::optional<Tree> given = {}) {
    made.seal();
    const auto source = made.log.source();
    ReplayOptions options;
    options.final_tree = std::move(given);
    int run = 0;
    if (runs) {
        options.run_check = [&](const CheckSpec&, const CheckResult&, const Tree&) {
            return CheckRun{runs(run++), ""};
        };
    }
    const auto report = replay(*source, options);
    REQUIRE(report.checks.size() == 1);
    return report.checks[0];
}

}  // namespace

TEST_CASE("replay/checks: a check is confirmed, refuted or unverifiable, and says why") {
    const auto old_tool = sha256("python 3.11"), new_tool = sha256("python 3.12");
    CheckResult timed_out, killed, no_sandbox, no_content;
    timed_out.timed_out = true;
    killed.signal = 9;
    no_sandbox.problem = "bubblewrap does not work here";
    no_content.problem = "content: a.txt is not in the log";
    struct Row {
        const char* name;
        Outcome recorded;
        CheckResult recorded_result;
        CheckResult derived;
        CheckOutcome outcome;
        const char* cause;
    };
    const Row rows[] = {
        {"passes again", Outcome::pass, exited(0), exited(0), CheckOutcome::confirmed, ""},
        {"fails again", Outcome::fail, exited(1), exited(2), CheckOutcome::confirmed, ""},
        {"a pass that fails", Outcome::pass, exited(0), exited(1), CheckOutcome::refuted, "verdict"},
        {"a fail that passes", Outcome::fail, exited(1), exited(0), CheckOutcome::refuted, "verdict"},
        {"an altered verdict", Outcome::pass, exited(1), exited(1), CheckOutcome::refuted, "result"},
        {"times out", Outcome::pass, exited(0), timed_out, CheckOutcome::unverifiable, "timeout"},
        {"times out, once failed", Outcome::fail, exited(1), timed_out, CheckOutcome::unverifiable,
         "timeout"},
        {"is killed", Outcome::pass, exited(0), killed, CheckOutcome::unverifiable, "signal"},
        {"not found", Outcome::fail, exited(1), exited(127), CheckOutcome::unverifiable, "environment"},
        {"no sandbox", Outcome::pass, exited(0), no_sandbox, CheckOutcome::unverifiable, "sandbox"},
        {"no content", Outcome::pass, exited(0), no_content, CheckOutcome::unverifiable, "content"},
        {"a tool is missing", Outcome::pass, with_tool(exited(0), "python3", old_tool),
         with_tool(exited(1), "python3", {}), CheckOutcome::unverifiable, "environment"},
        {"a tool has changed", Outcome::pass, with_tool(exited(0), "python3", old_tool),
         with_tool(exited(1), "python3", new_tool), CheckOutcome::unverifiable, "environment"},
        {"a tool has changed, to no effect", Outcome::pass, with_tool(exited(0), "python3", old_tool),
         with_tool(exited(0), "python3", new_tool), CheckOutcome::confirmed, ""},
        {"was not run", Outcome::not_run, exited(0), exited(0), CheckOutcome::unverifiable,
         "recorded not_run"},
        {"went wrong", Outcome::error, exited(126), exited(0), CheckOutcome::unverifiable, "recorded error"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Recording made(Files{{"a", "x"}});
        made.check(test_spec(), row.recorded_result, says(row.recorded));
        const auto check = replay_check(made, [&row](int) { return row.derived; });
        CHECK(check.outcome == row.outcome);
        CHECK(check.cause == row.cause);
        CHECK(check.recorded == row.recorded);
        CHECK(check.how == "on the recorded state");
    }
}

TEST_CASE("replay/checks: what a check examined must be what the recording ends at") {
    for (const bool same : {true, false}) {
        CAPTURE(same);
        Recording made(Files{{"a", "x"}});
        auto result = exited(0);
        result.state = same ? tree_digest(made.tree()) : sha256("another state");
        made.check(test_spec(), result, says(Outcome::pass));
        const auto check = replay_check(made, [](int) { return exited(0); });
        CHECK(check.outcome == (same ? CheckOutcome::confirmed : CheckOutcome::unverifiable));
        CHECK(check.cause == (same ? "" : "state"));
    }
}

TEST_CASE("replay/checks: a changed tool is noted also when the verdict stands") {
    Recording made(Files{{"a", "x"}});
    made.check(test_spec(), with_tool(exited(0), "python3", sha256("old")), says(Outcome::pass));
    const auto check = replay_check(made, [](int) { return with_tool(exited(0), "python3", sha256("new")); });
    CHECK(check.outcome == CheckOutcome::confirmed);
    REQUIRE(check.notes.size() == 1);
    CHECK(check.notes[0] == "python3 has changed since");
}

TEST_CASE("replay/checks: one that says now this and now that is unstable") {
    Recording made(Files{{"a", "x"}});
    made.check(test_spec(), exited(0), says(Outcome::pass));
    const auto check = replay_check(made, [](int run) { return exited(run == 0 ? 1 : 0); });
    CHECK(check.outcome == CheckOutcome::unstable);
}

TEST_CASE("replay/checks: without a verdict the recorded result is judged") {
    Recording made(Files{{"a", "x"}});
    made.check(test_spec(), exited(3), std::nullopt);
    const auto check = replay_check(made, [](int) { return exited(3); });
    CHECK(check.recorded == Outcome::fail);
    CHECK(check.outcome == CheckOutcome::confirmed);
}

TEST_CASE("replay/checks: a verdict that its own result contradicts is refuted") {
    Recording made(Files{{"a", "1"}});
    made.check(test_spec(), exited(1), says(Outcome::pass));
    const auto check = replay_check(made, [](int) { return exited(0); });
    CHECK(check.outcome == CheckOutcome::refuted);
    CHECK(check.cause == "result");
    CHECK(check.derived == Outcome::fail);
}

TEST_CASE("replay/checks: without somebody who runs it nothing is derived") {
    Recording made(Files{{"a", "x"}});
    made.check(test_spec(), exited(0), says(Outcome::pass));
    const auto check = replay_check(made, nullptr);
    CHECK(check.outcome == CheckOutcome::unverifiable);
    CHECK(check.cause == "sandbox");
    CHECK_FALSE(check.derived.has_value());
}

TEST_CASE("replay/checks: a tree that is not all there is not judged as if it were") {
    const auto altered_tree = [](Recording& made, const std::function<void(TreeEntry&)>& alter) {
        auto tree = made.tree_of({{"a", "x"}, {"b", "y"}});
        alter(tree.entries[1]);
        made.state(tree, [](const Digest&) { return std::string("y"); });
        made.check(test_spec(), exited(0), says(Outcome::pass));
    };
    SUBCASE("absent") {
        Recording made(Files{{"a", "x"}});
        altered_tree(made, [](TreeEntry& entry) { entry.absent = true; });
        CHECK(replay_check(made, [](int) { return exited(0); }).cause == "content");
    }
    SUBCASE("erased") {
        Recording made(Files{{"a", "x"}});
        altered_tree(made, [](TreeEntry&) {});
        made.log.payloads.erase(sha256("y"));
        CHECK(replay_check(made, [](int) { return exited(0); }).cause == "content");
    }
    SUBCASE("redacted, another verdict") {
        Recording made(Files{{"a", "x"}});
        altered_tree(made, [](TreeEntry& entry) { entry.redacted = true; });
        const auto check = replay_check(made, [](int) { return exited(1); });
        CHECK(check.outcome == CheckOutcome::unverifiable);
        CHECK(check.cause == "redacted");
    }
    SUBCASE("redacted, the same verdict") {
        Recording made(Files{{"a", "x"}});
        altered_tree(made, [](TreeEntry& entry) { entry.redacted = true; });
        CHECK(replay_check(made, [](int) { return exited(0); }).outcome == CheckOutcome::confirmed);
    }
    SUBCASE("no state at all") {
        Recording made(Files{{"a", "x"}});
        made.check(test_spec(), exited(0), says(Outcome::pass));
        std::erase_if(made.log.payloads,
                      [&](const auto& kept) { return kept.second == encode_tree(made.tree()); });
        CHECK(replay_check(made, [](int) { return exited(0); }).cause == "state");
    }
}

TEST_CASE("replay/checks: a given tree is judged, and a different one is a divergence") {
    Recording made(Files{{"a", "x"}});
    made.check(test_spec(), exited(0), says(Outcome::pass));
    made.seal();
    for (const bool same : {true, false}) {
        CAPTURE(same);
        const auto source = made.log.source();
        ReplayOptions options;
        options.final_tree = same ? made.tree() : made.tree_of({{"a", "x"}, {"z", "new"}});
        options.run_check = [](const CheckSpec&, const CheckResult&, const Tree&) {
            return CheckRun{exited(0), ""};
        };
        const auto report = replay(*source, options);
        REQUIRE(report.checks.size() == 1);
        CHECK(report.checks[0].how == "on the given state");
        CHECK(report.divergences.empty() == same);
        if (!same) CHECK(report.divergences[0].where == "z");
        CHECK((headline(report, Level::effect) == Headline::confirmed) == same);
    }
}

}  // namespace stet

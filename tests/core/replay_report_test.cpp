#include <stet/replay_report.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

CheckReplay check_with(CheckOutcome outcome) {
    CheckReplay check;
    check.name = "check";
    check.outcome = outcome;
    return check;
}

ReplayReport full_report() {
    ReplayReport report;
    report.trajectory.bytes.fill(0x5a);
    report.root = sha256("root");
    report.engine = "stet 0.1.0";
    report.how = "re-executed in world files 1";
    report.fidelity = Level::normalised;
    report.calls = 3;
    report.at_level[0] = 2;
    report.at_level[2] = 1;
    report.states = 4;
    report.states_equal = 4;
    report.prefix_only = true;
    report.divergences = {{Seq{7}, "/result/0", "\"a\"", "\"b\"", "answer"},
                          {Seq{9}, "src/a.c", "", "", "state"}};
    CheckReplay check = check_with(CheckOutcome::confirmed);
    check.recorded = Outcome::pass;
    check.derived = Outcome::pass;
    check.how = "by re-execution";
    check.notes = {"python3 has changed since"};
    report.checks = {check, check_with(CheckOutcome::unstable)};
    return report;
}

}  // namespace

TEST_CASE("core/replay_report: the headline is the worst of what was found") {
    using enum CheckOutcome;
    struct Row {
        const char* name;
        std::vector<CheckOutcome> checks;
        Level fidelity, level;
        Headline headline;
    };
    const Row rows[] = {
        {"all well", {confirmed, confirmed}, Level::bytes, Level::effect, Headline::confirmed},
        {"exactly at the level", {confirmed}, Level::value, Level::value, Headline::confirmed},
        {"below the level", {confirmed}, Level::normalised, Level::value, Headline::diverged},
        {"below every level", {confirmed}, Level::none, Level::effect, Headline::diverged},
        {"one refuted", {confirmed, refuted}, Level::bytes, Level::effect, Headline::refuted},
        {"refuted before diverged", {refuted}, Level::none, Level::effect, Headline::refuted},
        {"diverged before unverifiable", {unverifiable}, Level::none, Level::effect, Headline::diverged},
        {"one unverifiable", {confirmed, unverifiable}, Level::bytes, Level::effect, Headline::unverifiable},
        {"one unstable", {unstable, confirmed}, Level::bytes, Level::effect, Headline::unverifiable},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        ReplayReport report;
        for (const auto outcome : row.checks)
            report.checks.push_back(check_with(outcome));
        report.fidelity = row.fidelity;
        CHECK(headline(report, row.level) == row.headline);
    }
}

TEST_CASE("core/replay_report: without a check only re-execution confirms") {
    struct Row {
        const char* how;
        std::uint32_t calls;
        Headline headline;
    };
    const Row rows[] = {
        {"re-executed in world files 1", 2, Headline::confirmed},
        {"re-executed in world files 1", 0, Headline::unverifiable},
        {"from tape, on the recorded state", 2, Headline::unverifiable},
        {"", 2, Headline::unverifiable},
    };
    for (const auto& row : rows) {
        CAPTURE(row.how);
        ReplayReport report;
        report.how = row.how;
        report.calls = row.calls;
        CHECK(headline(report, Level::effect) == row.headline);
        report.fidelity = Level::none;
        CHECK(headline(report, Level::effect) == Headline::diverged);
    }
}

TEST_CASE("core/replay_report: a state that was not equal is no replay of the effect") {
    ReplayReport report;
    report.checks = {check_with(CheckOutcome::confirmed)};
    report.states = 3;
    report.states_equal = 2;
    CHECK(headline(report, Level::effect) == Headline::diverged);
    report.states_equal = 3;
    CHECK(headline(report, Level::effect) == Headline::confirmed);
}

TEST_CASE("core/replay_report: what could not be compared is unverifiable, what differed is diverged") {
    ReplayReport report;
    report.checks = {check_with(CheckOutcome::confirmed)};
    report.missing = 1;
    CHECK(headline(report, Level::effect) == Headline::unverifiable);
    report.states = 1;
    CHECK(headline(report, Level::effect) == Headline::diverged);
}

TEST_CASE("core/replay_report: a headline has its exit code") {
    CHECK(exit_code(Headline::confirmed) == 0);
    CHECK(exit_code(Headline::refuted) == 1);
    CHECK(exit_code(Headline::diverged) == 1);
    CHECK(exit_code(Headline::unverifiable) == 3);
}

TEST_CASE("core/replay_report: a report comes back from its JSON, and gives the same bytes again") {
    const auto report = full_report();
    const auto json = to_json(report, Level::effect);
    const auto parsed = parse_replay_report(json);
    REQUIRE(parsed.has_value());
    CHECK((*parsed == report));
    CHECK(to_json(*parsed, Level::effect) == json);

    const auto empty = to_json(ReplayReport{}, Level::bytes);
    CHECK((parse_replay_report(empty).value() == ReplayReport{}));
}

TEST_CASE("core/replay_report: the JSON is canonical") {
    auto report = full_report();
    report.divergences.resize(1);
    report.checks.resize(1);
    CHECK(
        to_json(report, Level::effect) ==
        R"({"headline":"confirmed","level":"effect","trajectory":"2tb9d5mpjtb9d5mpjtb9d5mpjt",)"
        R"("root":"sha256:4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2",)"
        R"("engine":"stet 0.1.0","how":"re-executed in world files 1","fidelity":"normalised","calls":3,)"
        R"("states":4,"states_equal":4,"missing":0,"prefix_only":true,)"
        R"("divergences":[{"at":7,"where":"/result/0",)"
        R"("recorded":"\"a\"","live":"\"b\"","cause":"answer"}],"checks":[{"name":"check","recorded":"pass",)"
        R"("derived":"pass","outcome":"confirmed","recorded_score":null,"derived_score":null,)"
        R"("cause":"","how":"by re-execution",)"
        R"("notes":["python3 has changed since"]}],)"
        R"("at_level":{"bytes":2,"value":0,"normalised":1,"effect":0,"none":0}})");
}

TEST_CASE("core/replay_report: what is no report is an error") {
    const auto good = to_json(full_report(), Level::effect);
    struct Row {
        std::string json;
        const char* says;
    };
    const auto with = [&](std::string_view old_text, std::string_view new_text) {
        auto changed = good;
        return changed.replace(changed.find(old_text), old_text.size(), new_text);
    };
    const Row rows[] = {
        {"", "read replay report: "},
        {"[]", "not an object"},
        {with("normalised", "nearly"), "member \"fidelity\" is not one of its words"},
        {with("\"calls\":3", "\"calls\":-3"), "member \"calls\" is not an integer in range"},
        {with("\"at\":7", "\"at\":\"7\""), "member \"divergences.at\""},
        {with("\"trajectory\":\"2", "\"trajectory\":\"9"), "larger than 128 bits"},
        {with("\"value\":0", "\"worth\":0"), "member \"at_level.value\""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.says);
        const auto parsed = parse_replay_report(row.json);
        REQUIRE(parsed.has_error());
        CAPTURE(parsed.error().what);
        CHECK(parsed.error().what.find(row.says) != std::string::npos);
    }
}

TEST_CASE("core/replay_report: levels are read by their words") {
    for (const auto level : {Level::bytes, Level::value, Level::normalised, Level::effect})
        CHECK(parse_level(to_string(level)).value() == level);
    CHECK(parse_level("none").has_error());
    CHECK(parse_level("exact").has_error());
    CHECK(parse_level("").has_error());
}

}  // namespace stet

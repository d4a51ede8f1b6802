#include "tests/replay/recording.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace stet {
namespace {

using test::Files;
using test::find_kind;
using test::NotesWorld;
using test::Recording;

ReplayReport replay_in(const Recording& made, NotesWorld& world) {
    const auto source = made.log.source();
    ReplayOptions options;
    options.world = &world;
    return replay(*source, options);
}

ReplayReport replay_in_world(const Recording& made) {
    NotesWorld world;
    return replay_in(made, world);
}

ReplayReport replay_from_tape(const Recording& made) {
    const auto source = made.log.source();
    return replay(*source, {});
}

/// Answers everything the same.
class ShortTape final : public Environment {
public:
    std::string name() const override { return "tape"; }
    std::string version() const override { return "1"; }
    bool knows(std::string_view) const override { return true; }
    Result<void> reset(const WorldStart&) override { return {}; }
    WorldAnswer step(const WorldCall&) override { return {ToolStatus::ok, answer, true, false}; }
    std::string normalise(const WorldCall&, std::string_view content) const override {
        return std::string(content);
    }
    Digest state() const override { return {}; }
    const Tree* tree() const override { return nullptr; }
    Result<std::string> content(const Digest&) const override { return Error{"nothing is here", ""}; }

    std::string answer = R"({"text":"gone"})";
};

/// Two calls that write and one that reads.
void record_notes(Recording& made) {
    made.call("put", R"({"path":"a","text":"hello"})", R"({"text":"stored 5 bytes"})");
    made.state({{"a", "hello"}});
    made.call("get", R"({"path":"a"})", R"({"text":"hello"})");
    made.call("put", R"({"path":"b","text":"more"})", R"({"text":"stored 4 bytes"})");
    made.state({{"a", "hello"}, {"b", "more"}});
}

/// The event of a kind, to be altered behind the log's back.
template <class Body>
Body& body_of(Recording& made, std::size_t nth = 0) {
    for (auto& event : made.log.events) {
        if (auto* body = std::get_if<Body>(&event.body); body != nullptr && nth-- == 0) return *body;
    }
    throw std::runtime_error("no such event");
}

}  // namespace

TEST_CASE("replay/calls: a faithful recording is confirmed by re-execution") {
    Recording made;
    record_notes(made);
    made.seal();
    const auto report = replay_in_world(made);
    CHECK(report.divergences.empty());
    CHECK(report.fidelity == Level::bytes);
    CHECK(report.calls == 3);
    CHECK(report.at_level[0] == 3);
    CHECK(report.states == 5);  // The snapshot, and each diff rebuilt and executed.
    CHECK(report.states_equal == 5);
    CHECK_FALSE(report.prefix_only);
    CHECK(report.how == "re-executed in world notes 1");
    CHECK(headline(report, Level::bytes) == Headline::confirmed);
}

TEST_CASE("replay/calls: an altered answer diverges at its seq") {
    struct Row {
        const char* name;
        const char* recorded;
        const char* where;
        Level level;
    };
    const Row rows[] = {
        {"the same bytes", R"({"text":"hello"})", nullptr, Level::bytes},
        {"the same value", R"({ "text": "hello" })", nullptr, Level::value},
        {"another text", R"({"text":"hellO"})", "/text", Level::effect},
        {"a member more", R"({"text":"hello","more":1})", "/more", Level::effect},
        {"another type", R"({"text":["hello"]})", "/text", Level::effect},
        {"a number that is not the same", R"({"text":"hello","n":[1,{"a/b":1.0}]})", "/n", Level::effect},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Recording made(Files{{"a", "hello"}});
        made.call("get", R"({"path":"a"})", row.recorded);
        made.seal();
        const auto report = replay_in_world(made);
        CHECK(report.fidelity == row.level);
        if (row.where == nullptr) {
            CHECK(report.divergences.empty());
            continue;
        }
        REQUIRE(report.divergences.size() == 1);
        CHECK(report.divergences[0].at == *find_kind(made.log, "tool_result"));
        CHECK(report.divergences[0].where == row.where);
        CHECK(report.divergences[0].cause == "answer");
        CHECK(headline(report, Level::bytes) == Headline::diverged);
        CHECK(headline(report, Level::effect) == Headline::confirmed);
    }
}

TEST_CASE("replay/calls: what no stub can know is set aside, and the level says so") {
    Recording made;
    made.call("now", "{}", R"({"text":"it is 13:57"})");
    made.call("now", "{}", R"({"text":"it is 12:00"})");
    made.call("now", "{}", R"({"said":"it is 12:00"})");
    made.seal();
    const auto report = replay_in_world(made);
    CHECK(report.at_level[static_cast<int>(Level::normalised)] == 1);
    CHECK(report.at_level[static_cast<int>(Level::bytes)] == 1);
    CHECK(report.at_level[static_cast<int>(Level::effect)] == 1);
    REQUIRE(report.divergences.size() == 1);
    CHECK(report.divergences[0].at == *find_kind(made.log, "tool_result", 2));
}

TEST_CASE(
    "replay/calls: another effect diverges at the diff, and later calls are judged on the recorded state") {
    Recording made;
    made.call("put", R"({"path":"a","text":"hello"})", R"({"text":"stored 5 bytes"})");
    made.state({{"a", "hullo"}});
    made.call("get", R"({"path":"a"})", R"({"text":"hullo"})");
    made.call("put", R"({"path":"a","text":"right"})", R"({"text":"stored 5 bytes"})");
    made.state({{"a", "right"}});
    made.seal();
    const auto report = replay_in_world(made);
    REQUIRE(report.divergences.size() == 1);
    CHECK(report.divergences[0].cause == "state");
    CHECK(report.divergences[0].at == *find_kind(made.log, "state_diff"));
    CHECK(report.divergences[0].where == "a");
    CHECK(report.divergences[0].recorded.find("5 bytes") != std::string::npos);
    CHECK(report.fidelity == Level::bytes);
    CHECK(report.states_equal == report.states - 1);
    CHECK(headline(report, Level::effect) == Headline::diverged);
}

TEST_CASE("replay/calls: another answer and another state is not even an effect") {
    Recording made;
    made.call("put", R"({"path":"a","text":"hello"})", R"({"text":"stored 6 bytes"})");
    made.state({{"a", "hullo!"}});
    made.seal();
    const auto report = replay_in_world(made);
    CHECK(report.fidelity == Level::none);
    REQUIRE(report.divergences.size() == 2);
    CHECK(report.divergences[0].cause == "answer");
    CHECK(report.divergences[1].cause == "state");
}

TEST_CASE("replay/calls: a tool that the world does not have is never taken for executed") {
    Recording made;
    made.call("delete", "{}", R"({"text":"gone"})");
    made.seal();
    const auto report = replay_in_world(made);
    REQUIRE(report.divergences.size() == 1);
    CHECK(report.divergences[0].cause == "unknown_tool");
    CHECK(report.fidelity == Level::none);
    Recording hallucinated;
    hallucinated.call("delete", "{}", R"({"text":"no such tool"})");
    hallucinated.seal();
    CHECK(headline(replay_in_world(hallucinated), Level::bytes) == Headline::confirmed);
}

TEST_CASE("replay/calls: a change that no call in the world can have made is taken over") {
    Recording made(Files{{"a", "one"}});
    made.state({{"a", "two"}});  // Nobody was asked: the agent's own shell.
    made.call("get", R"({"path":"a"})", R"({"text":"two"})");
    made.state({{"a", "three"}, {"c", "x"}});
    made.seal();
    const auto report = replay_in_world(made);
    CHECK(report.at_level[0] == 1);
    CHECK(report.divergences.size() <= 1);  // The second change is laid to the call before it.
    if (!report.divergences.empty()) CHECK(report.divergences[0].cause == "state");
}

TEST_CASE("replay/calls: a state that is taken over excuses no answer before it, and is told") {
    Recording made(Files{{"a", "one"}});
    made.call("get", R"({"path":"a"})", R"({"text":"never was"})");
    made.state({{"a", "two"}});
    made.seal();
    body_of<ToolCall>(made).asked_by = Seq{77};
    body_of<StateDiff>(made).causes = {Seq{78}};  // Laid to another call than this one.
    const auto report = replay_in_world(made);
    CHECK(report.at_level[static_cast<int>(Level::none)] == 1);
    CHECK(report.how == "re-executed in world notes 1, other changes as recorded");
}

TEST_CASE("replay/calls: the tape answers what the world lacks, and it is told apart") {
    Recording made;
    made.call("put", R"({"path":"a","text":"hello"})", R"({"text":"stored 5 bytes"})");
    made.call("delete", R"({"path":"b"})", R"({"text":"gone"})");
    made.seal();
    const auto source = made.log.source(), tape_source = made.log.source();
    NotesWorld world;
    ShortTape tape;
    ReplayOptions options;
    options.world = &world;
    options.tape = &tape;
    const auto report = replay(*source, options);
    CHECK(report.divergences.empty());
    CHECK(report.fidelity == Level::bytes);
    CHECK(report.how == "1 of 2 calls re-executed in world notes 1, 1 from tape");
    CHECK(headline(report, Level::effect) == Headline::unverifiable);
    tape.answer = R"({"text":"still there"})";
    CHECK(replay(*source, options).fidelity == Level::none);
}

TEST_CASE("replay/calls: a call that nobody answered is compared by its effect") {
    Recording made;
    made.call("put", R"({"path":"a","text":"hello"})", std::nullopt);
    made.state({{"a", "hello"}});
    made.seal();
    const auto report = replay_in_world(made);
    CHECK(report.divergences.empty());
    CHECK(report.states_equal == report.states);
}

TEST_CASE("replay/calls: from tape nothing is claimed to have been executed") {
    Recording made;
    record_notes(made);
    made.seal();
    const auto report = replay_from_tape(made);
    CHECK(report.calls == 3);
    CHECK(report.at_level[0] == 3);
    CHECK(report.how == "from tape, on the recorded state");
    CHECK_FALSE(report.how.starts_with(re_executed));
    CHECK(headline(report, Level::effect) == Headline::unverifiable);
}

TEST_CASE("replay/protocol: an altered protocol event diverges where it stands") {
    Recording made;
    record_notes(made);
    made.seal();
    body_of<ToolCall>(made, 1).tool = "put";
    for (const bool tape : {true, false}) {
        CAPTURE(tape);
        const auto report = tape ? replay_from_tape(made) : replay_in_world(made);
        REQUIRE_FALSE(report.divergences.empty());
        CHECK(report.divergences[0].cause == "protocol");
        CHECK(report.divergences[0].at == *find_kind(made.log, "tool_call", 1));
        CHECK(headline(report, Level::effect) == Headline::diverged);
    }
    CHECK(replay_from_tape(made).at_level[static_cast<int>(Level::none)] == 2);
}

TEST_CASE("replay/protocol: an event that is missing, or too many, diverges") {
    Recording made;
    record_notes(made);
    made.seal();
    auto& events = made.log.events;
    const auto at = find_kind(made.log, "tool_result")->value;
    const auto result = events[at];
    SUBCASE("missing") {
        events[at].body = Note{"in its place"};
    }
    SUBCASE("too many") {
        events.push_back(result);
        events.back().seq = Seq{static_cast<std::uint32_t>(events.size() - 1)};
    }
    const auto report = replay_from_tape(made);
    REQUIRE_FALSE(report.divergences.empty());
    CHECK(report.divergences[0].cause == "protocol");
}

TEST_CASE("replay/states: what does not fit together diverges where it stands") {
    Recording made(Files{{"a", "one"}});
    made.call("put", R"({"path":"a","text":"two"})", R"({"text":"stored 3 bytes"})");
    made.state({{"a", "two"}});
    made.seal();
    SUBCASE("an altered diff") {
        const auto none = encode_edits({});
        body_of<StateDiff>(made).edits = Payload{sha256(none), none.size()};
        made.log.payloads[sha256(none)] = none;
    }
    SUBCASE("a digest that is not that of the state") {
        body_of<StateDiff>(made).after = sha256("else");
    }
    SUBCASE("a diff that begins elsewhere") {
        body_of<StateDiff>(made).before = sha256("else");
    }
    const auto report = replay_from_tape(made);
    REQUIRE_FALSE(report.divergences.empty());
    CHECK(report.divergences[0].at == *find_kind(made.log, "state_diff"));
    CHECK(report.divergences[0].cause == "state");
    CHECK(report.states_equal < report.states);
    CHECK(headline(report, Level::effect) == Headline::diverged);
}

TEST_CASE("replay/replay: what was erased is missing where it is cited, and contradicts nothing") {
    Recording made(Files{{"a", "one"}});
    made.call("put", R"({"path":"a","text":"two"})", R"({"text":"stored 3 bytes"})");
    made.state({{"a", "two"}});
    made.seal();
    std::string kind = "state_diff";
    auto& payloads = made.log.payloads;
    SUBCASE("a diff") {
        payloads.erase(body_of<StateDiff>(made).edits->digest);
    }
    SUBCASE("a content") {
        payloads.erase(sha256("two"));
    }
    SUBCASE("a snapshot") {
        payloads.erase(body_of<Snapshot>(made).manifest.digest);
        kind = "snapshot";
    }
    SUBCASE("what the agent asked") {
        payloads.erase(body_of<Request>(made).body->digest);
        kind = "request";
    }
    SUBCASE("what it was answered") {
        payloads.erase(body_of<Response>(made).body->digest);
        kind = "response";
    }
    const auto report = replay_from_tape(made);
    REQUIRE_FALSE(report.divergences.empty());
    CHECK(report.divergences[0].at == *find_kind(made.log, kind));
    CHECK(report.divergences[0].cause == "missing_payload");
    CHECK(report.missing > 0);
    CHECK(report.states_equal == report.states);
    CHECK(headline(report, Level::bytes) == Headline::unverifiable);
}

TEST_CASE("replay/replay: a log whose payloads were altered is not replayed") {
    Recording made;
    record_notes(made);
    made.log.payloads[sha256("two")] = "three";
    CHECK_THROWS_AS(replay_from_tape(made), Trouble);
}

TEST_CASE("replay/states: the final tree is rebuilt from the snapshot and the diffs") {
    Recording made;
    record_notes(made);
    const auto source = made.log.source();
    const auto tree = rebuild_final_tree(*source);
    REQUIRE(tree.has_value());
    CHECK(*tree == made.tree());
    body_of<StateDiff>(made, 1).after = sha256("else");
    const auto altered = made.log.source();
    const auto refused = rebuild_final_tree(*altered);
    REQUIRE_FALSE(refused.has_value());
    const auto seq = std::to_string(find_kind(made.log, "state_diff", 1)->value);
    CHECK(refused.error().what.find("seq " + seq) != std::string::npos);
}

TEST_CASE("replay/report: a torn trajectory gives what its prefix gives, wherever it was cut") {
    Recording made;
    record_notes(made);
    for (std::size_t length = 1; length <= made.log.events.size(); ++length) {
        CAPTURE(length);
        Recording cut;
        record_notes(cut);
        cut.log.events.resize(length);
        cut.log.summary.standing = Standing::torn;
        const auto report = replay_in_world(cut);
        CHECK(report.prefix_only);
        CHECK(report.divergences.empty());
        CHECK(report.fidelity == Level::bytes);
        CHECK_FALSE(report.root);
    }
}

TEST_CASE("replay/report: the same trajectory gives the same report") {
    Recording made;
    record_notes(made);
    made.seal();
    CHECK(to_json(replay_in_world(made), Level::effect) == to_json(replay_in_world(made), Level::effect));
}

TEST_CASE("replay/report: no more divergences than asked for, the first ones in order") {
    Recording made(Files{{"a", "x"}});
    for (int i = 0; i < 9; ++i)
        made.call("get", R"({"path":"a"})", R"({"text":"y"})");
    made.seal();
    NotesWorld world;
    const auto source = made.log.source();
    ReplayOptions options;
    options.world = &world;
    options.divergences_max = 4;
    const auto report = replay(*source, options);
    REQUIRE(report.divergences.size() == 4);
    CHECK(report.divergences[0].at == *find_kind(made.log, "tool_result"));
    CHECK(std::ranges::is_sorted(report.divergences, {}, &Divergence::at));
}

}  // namespace stet

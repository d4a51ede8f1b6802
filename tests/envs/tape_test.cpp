#include "tests/support/memory_log.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

#include <string>

namespace stet {
namespace {

/// A recording by hand.
struct Recording {
    test::MemoryLog log;

    Slice slice(const std::string& text) { return {log.keep(text), 0, text.size(), Coding::json}; }

    Seq call(const std::string& tool, const std::string& arguments, Boundary boundary = Boundary::tool) {
        ToolCall body;
        body.boundary = boundary;
        body.tool = tool;
        body.arguments = slice(arguments);
        return log.add(body);
    }
    void result(Seq of, const std::string& content, ToolStatus status = ToolStatus::ok) {
        ToolResult body;
        body.call = of;
        body.status = status;
        body.content = slice(content);
        log.add(body);
    }
    void snapshot(const std::string& name) {
        Snapshot body;
        body.state = sha256(name);
        log.add(body);
    }
    void diff(const std::string& before, const std::string& after, Seq cause) {
        StateDiff body;
        body.before = sha256(before);
        body.after = sha256(after);
        body.causes = {cause};
        log.add(body);
    }
};

}  // namespace

TEST_CASE("envs/tape: the same call is answered in the order of its occurrences, and no more often") {
    Recording made;
    made.result(made.call("read", R"({"a":1,"b":2})"), R"("first")");
    made.result(made.call("read", R"({"b":2, "a":1})"), R"("second")", ToolStatus::tool_error);
    const auto source = made.log.source();
    const auto tape = make_tape(*source);
    const auto first = tape->step({"read", R"({ "b":2,"a":1 })"});
    CHECK(first.content == R"("first")");
    CHECK(first.recorded);
    const auto second = tape->step({"read", R"({"a":1,"b":2})"});
    CHECK(second.content == R"("second")");
    CHECK(second.status == ToolStatus::tool_error);
    const auto third = tape->step({"read", R"({"a":1,"b":2})"});
    CHECK(third.status == ToolStatus::unanswered);
    CHECK(third.content.empty());
    REQUIRE(tape->reset({}).has_value());
    CHECK(tape->step({"read", R"({"a":1,"b":2})"}).content == R"("first")");
}

TEST_CASE("envs/tape: it never answers what was not recorded") {
    Recording made;
    made.result(made.call("pop", "{}"), R"("popped")");
    made.result(made.call("raw", "not json"), R"("raw")");
    made.call("lost", "{}");
    const auto source = made.log.source();
    const auto tape = make_tape(*source);
    struct Row {
        const char* name;
        WorldCall call;
        ToolStatus status;
        const char* content;
    };
    const Row rows[] = {
        {"another tool", {"delete_user", "{}"}, ToolStatus::unanswered, ""},
        {"other arguments", {"pop", R"({"n":1})"}, ToolStatus::unanswered, ""},
        {"an integer is no fraction", {"pop", R"({"n":1.0})"}, ToolStatus::unanswered, ""},
        {"arguments that are no JSON, other bytes", {"raw", "not json "}, ToolStatus::unanswered, ""},
        {"arguments that are no JSON, the same bytes", {"raw", "not json"}, ToolStatus::ok, R"("raw")"},
        {"a call that was never answered", {"lost", "{}"}, ToolStatus::unanswered, ""},
        {"after all this, the recorded one", {"pop", "{}"}, ToolStatus::ok, R"("popped")"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto answer = tape->step(row.call);
        CHECK(answer.status == row.status);
        CHECK(answer.content == row.content);
    }
    CHECK(tape->knows("pop"));
    CHECK_FALSE(tape->knows("po"));
    CHECK_FALSE(tape->knows("delete_user"));
}

TEST_CASE("envs/tape: the state goes through the recorded digests") {
    Recording made;
    made.snapshot("start");
    const auto write = made.call("write", "{}");
    made.result(write, R"("ok")");
    made.diff("start", "written", write);
    made.result(made.call("read", "{}"), R"("text")");
    const auto source = made.log.source();
    const auto tape = make_tape(*source);
    CHECK(tape->state() == sha256("start"));
    CHECK(tape->tree() == nullptr);
    tape->step({"write", "{}"});
    CHECK(tape->state() == sha256("written"));
    tape->step({"read", "{}"});
    CHECK(tape->state() == sha256("written"));
}

TEST_CASE("envs/tape: without a tool boundary it answers what the model was shown") {
    Recording made;
    const auto call = made.call("Bash", R"({"command":"ls"})", Boundary::model);
    Observation shown;
    shown.call = call;
    shown.content = made.slice(R"("a.txt")");
    shown.error = true;
    made.log.add(shown);
    shown.content = made.slice(R"("shown again, shortened")");
    made.log.add(shown);
    const auto source = made.log.source();
    const auto tape = make_tape(*source);
    const auto answer = tape->step({"Bash", R"({"command":"ls"})"});
    CHECK(answer.content == R"("a.txt")");
    CHECK(answer.status == ToolStatus::tool_error);
}

}  // namespace stet

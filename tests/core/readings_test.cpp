#include "core/failure_class.hpp"
#include "tests/support/memory_log.hpp"

#include <stet/json.hpp>
#include <stet/readings.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

using test::MemoryLog;

Slice whole(const Payload& payload) {
    return {payload, 0, payload.size, Coding::raw};
}

/// A trajectory written down by hand, turn by turn.
class Story {
public:
    MemoryLog log;

    Seq request(std::uint32_t step) {
        return log.add(Request{.peer = "anthropic", .protocol = "http/1.1", .method = "POST"}, Step{step});
    }
    Seq call(Seq request, std::uint32_t step) {
        return log.add(ModelCall{.dialect = "anthropic-messages"}, Step{step}, request);
    }
    Seq again(Seq call, std::uint32_t number, std::uint32_t step) {
        const auto request_seq = request(step);
        log.add(Attempt{.call = call, .number = number}, Step{step}, request_seq);
        return request_seq;
    }
    Seq answer(Seq request, int status, std::uint32_t step) {
        return log.add(Response{.peer = "anthropic", .protocol = "http/1.1", .status = status}, Step{step},
                       request);
    }
    Seq result(Seq call, Seq response, std::uint32_t step) {
        return log.add(ModelResult{.call = call, .finish_reason = "tool_use"}, Step{step}, response);
    }
    Seq tool(const std::string& tool, const std::string& arguments, std::uint32_t step) {
        return log.add(ToolCall{.call_id = "c", .tool = tool, .arguments = whole(log.keep(arguments))},
                       Step{step});
    }
    Seq shown(Seq call, const std::string& text, std::optional<bool> error, std::uint32_t step) {
        return log.add(
            Observation{.call = call, .call_id = "c", .content = whole(log.keep(text)), .error = error},
            Step{step});
    }
    Readings read() const { return annotate(*log.source()); }
};

}  // namespace

TEST_CASE("core/readings: a 429 that was tried again is a failure, a transport retry and a recovery") {
    Story story;
    const auto request = story.request(1);
    const auto call = story.call(request, 1);
    const auto refused = story.answer(request, 429, 1);
    const auto second = story.again(call, 2, 1);
    const auto good = story.answer(second, 200, 1);
    const auto result = story.result(call, good, 1);

    const auto readings = story.read();
    REQUIRE(readings.failures.size() == 1);
    CHECK(readings.failures[0].failure_class == "http_429");
    CHECK(readings.failures[0].fault == Fault::provider);
    CHECK(readings.failures[0].at == refused);
    REQUIRE(readings.retries.size() == 1);
    CHECK(readings.retries[0] == Retry{.of = 0, .kind = RetryKind::transport, .attempts = {second}});
    REQUIRE(readings.recoveries.size() == 1);
    CHECK(readings.recoveries[0] == Recovery{.of = 0, .by = result, .steps = 0});
}

TEST_CASE("core/readings: a probe that is no model call fails nothing") {
    Story story;
    const auto request = story.request(0);
    story.answer(request, 404, 0);
    CHECK(story.read().failures.empty());
}

TEST_CASE(
    "core/readings: a failed edit tried again with other arguments is a modified retry, and its success a "
    "recovery") {
    Story story;
    const auto bad = story.tool("edit", R"({"path":"a.py","old":"x","new":"y"})", 1);
    story.shown(bad, "old string not found", true, 1);
    const auto good = story.tool("edit", R"({"new":"y","old":"z","path":"a.py"})", 2);
    const auto seen = story.shown(good, "ok", false, 2);

    const auto readings = story.read();
    REQUIRE(readings.failures.size() == 1);
    CHECK(readings.failures[0].fault == Fault::model);
    CHECK(readings.failures[0].step == Step{1});
    REQUIRE(readings.retries.size() == 1);
    CHECK(readings.retries[0] == Retry{.of = 0, .kind = RetryKind::modified, .attempts = {good}});
    REQUIRE(readings.recoveries.size() == 1);
    CHECK(readings.recoveries[0] == Recovery{.of = 0, .by = seen, .steps = 1});
}

TEST_CASE("core/readings: the same arguments in another order are an identical retry") {
    Story story;
    const auto bad = story.tool("fetch", R"({"id":7,"zone":"eu-1"})", 1);
    story.shown(bad, "503 Service Unavailable", true, 1);
    story.shown(story.tool("fetch", R"({"zone":"eu-1","id":7})", 2), "done", false, 2);
    const auto readings = story.read();
    REQUIRE(readings.retries.size() == 1);
    CHECK(readings.retries[0].kind == RetryKind::identical);
    CHECK(readings.failures[0].fault == Fault::environment);
}

TEST_CASE("core/readings: calls of one turn do not retry each other, and other aims are no retries") {
    Story story;
    const auto bad = story.tool("read", R"({"path":"missing.py"})", 1);
    const auto beside = story.tool("read", R"({"path":"missing.py"})", 1);
    story.shown(bad, "ENOENT", true, 1);
    story.shown(beside, "ENOENT", true, 1);
    story.shown(story.tool("read", R"({"path":"other.py"})", 2), "text", false, 2);
    const auto readings = story.read();
    CHECK(readings.failures.size() == 2);
    CHECK(readings.retries.empty());
    CHECK(readings.recoveries.empty());
}

TEST_CASE(
    "core/readings: a failure at the tool boundary is not read a second time from what the model was shown") {
    Story story;
    const auto asked = story.tool("mcp__fs__read", R"({"path":"a"})", 1);
    const auto taken = story.log.add(ToolCall{.boundary = Boundary::tool,
                                              .tool = "read",
                                              .arguments = whole(story.log.keep("{\"path\":\"a\"}")),
                                              .asked_by = asked},
                                     Step{1});
    story.log.add(
        ToolResult{
            .call = taken, .status = ToolStatus::tool_error, .content = whole(story.log.keep("ENOENT"))},
        Step{1});
    story.shown(asked, "ENOENT", true, 1);
    const auto again = story.tool("mcp__fs__read", R"({"path":"a"})", 2);
    const auto taken_again = story.log.add(ToolCall{.boundary = Boundary::tool,
                                                    .tool = "read",
                                                    .arguments = whole(story.log.keep("{\"path\":\"a\"}")),
                                                    .asked_by = again},
                                           Step{2});
    story.log.add(ToolResult{.call = taken_again, .status = ToolStatus::ok}, Step{2});
    story.shown(again, "text", false, 2);
    const auto readings = story.read();
    REQUIRE(readings.failures.size() == 1);
    CHECK(readings.failures[0].evidence.front() == asked);
    REQUIRE(readings.retries.size() == 1);
    CHECK(readings.retries[0].kind == RetryKind::identical);
    CHECK(readings.recoveries.size() == 1);
}

TEST_CASE("core/readings: what the recorder answered or cut itself is laid to nobody else") {
    struct Row {
        TransportError error;
        std::string failure_class;
    };
    const Row rows[] = {
        {{"head", "unreachable", Side::recorder, "no upstream", 0, 404}, "refused_by_recorder"},
        {{"body", "closed", Side::recorder, "the agent ended", 9, 0}, "cut_by_recorder"},
        {{"head", "malformed", Side::agent, "two lengths", 9, 400}, "malformed_request"},
        {{"head", "truncated", Side::agent, "it stopped", 9, 400}, "agent_hung_up"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.failure_class);
        Story story;
        const auto request = story.request(1);
        if (row.error.answered_status == 0) story.call(request, 1);  // Unreadable requests become no call.
        story.log.add(row.error, Step{1}, request);
        const auto readings = story.read();
        REQUIRE(readings.failures.size() == 1);
        CHECK(readings.failures[0].failure_class == row.failure_class);
        CHECK(readings.failures[0].fault == Fault::harness);
    }
}

TEST_CASE("core/readings: a cut stream is the transport's fault, an error inside a 200 the provider's") {
    Story story;
    const auto request = story.request(1);
    const auto call = story.call(request, 1);
    story.log.add(Response{.protocol = "http/1.1", .status = 200, .complete = false}, Step{1}, request);
    story.log.add(TransportError{.phase = "body", .kind = "truncated"}, Step{1}, request);
    const auto second = story.again(call, 2, 1);
    const auto response = story.answer(second, 200, 1);
    story.log.add(ModelResult{.call = call, .complete = false, .error_class = "overloaded_error"}, Step{1},
                  response);
    const auto readings = story.read();
    REQUIRE(readings.failures.size() == 2);
    CHECK(readings.failures[0].failure_class == "stream_cut");
    CHECK(readings.failures[0].fault == Fault::transport);
    CHECK(readings.failures[1].failure_class == "stream_error");
    CHECK(readings.recoveries.empty());
}

TEST_CASE("core/readings: an agent that hangs up after the last event of a stream has lost nothing") {
    for (const bool whole : {true, false}) {
        CAPTURE(whole);
        Story story;
        const auto request = story.request(1);
        const auto call = story.call(request, 1);
        const auto response = story.log.add(
            Response{.protocol = "http/1.1", .status = 200, .complete = false}, Step{1}, request);
        story.log.add(ModelResult{.call = call, .complete = whole}, Step{1}, response);
        story.log.add(TransportError{.phase = "body", .kind = "truncated", .by = Side::agent}, Step{1},
                      request);
        CHECK(story.read().failures.size() == (whole ? 0 : 1));
    }
}

TEST_CASE("core/readings: text says that a command failed only by forms that agents write") {
    struct Row {
        const char* text;
        std::optional<int> code;
    };
    const Row rows[] = {{"exit 1\nFAILED", 1},
                        {"exit 0\n1 error found", std::nullopt},
                        {"Exit code 2\nmake: error", 2},
                        {"output\n\nCommand exited with code 3", 3},
                        {"Process exited with code 0", std::nullopt},
                        {"[error] the word alone", std::nullopt},
                        {"we exit 1 day early", std::nullopt},
                        {"", std::nullopt}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(failing_exit_code(row.text) == row.code);
    }
}

TEST_CASE("core/readings: a number is a status only beside a word that makes it one") {
    struct Row {
        const char* text;
        bool status;
    };
    const Row rows[] = {{"HTTP 503", true},
                        {"HTTP/1.1 503", true},
                        {"server answered with status 503", true},
                        {"Status: 503", true},
                        {"status_code=503", true},
                        {R"({"status":503,"message":"later"})", true},
                        {"Request failed with status code 503", true},
                        {"503 Service Unavailable", true},
                        {"got 503 (Service Unavailable)", true},
                        {"error code: 503", true},
                        {"line 503", false},
                        {"503 passed", false},
                        {"503 passed, 1 failed", false},
                        {"wrote 503 bytes", false},
                        {"a.py:503: AssertionError", false},
                        {"id 15034", false},
                        {"1.503 s", false},
                        {"the thttp 503", false},
                        {"http://localhost:503x", false},
                        {"", false}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(names_status(row.text, 503) == row.status);
        const auto read = classify_tool_text("bash", row.text, ToolStatus::tool_error);
        CHECK((read.failure_class == "unavailable") == row.status);
    }
}

TEST_CASE("core/readings: text is guessed at only where the dialect has no flag for it") {
    struct Row {
        const char* dialect;
        std::optional<bool> flag;
        const char* text;
        std::size_t failures;
    };
    const Row rows[] = {{"openai-chat", std::nullopt, "exit 1\nFAILED", 1},
                        {"openai-chat", std::nullopt, "Error: no such tool", 1},
                        {"openai-chat", std::nullopt, "fine", 0},
                        {"anthropic-messages", std::nullopt, "exit 1\nFAILED", 0},
                        {"anthropic-messages", std::nullopt, "Error: printed by a test that passes", 0},
                        {"anthropic-messages", false, "exit 1\nFAILED", 0},
                        {"anthropic-messages", true, "exit 1\nFAILED", 1},
                        {"anthropic-messages", true, "fine", 1}};
    for (const auto& row : rows) {
        CAPTURE(row.dialect);
        CAPTURE(row.text);
        Story story;
        const auto request = story.request(1);
        const auto call = story.log.add(ModelCall{.dialect = row.dialect}, Step{1}, request);
        const auto response = story.answer(request, 200, 1);
        story.result(call, response, 1);
        const auto asked =
            story.log.add(ToolCall{.call_id = "c", .tool = "bash", .arguments = whole(story.log.keep("{}"))},
                          Step{1}, response);
        story.shown(asked, row.text, row.flag, 1);
        CHECK(story.read().failures.size() == row.failures);
    }
}

TEST_CASE("core/readings: a side request that the transport ended is no failure of a model call") {
    Story story;
    const auto side = story.log.add(
        Request{.peer = "anthropic", .protocol = "http/1.1", .method = "GET", .target = "/v1/models"});
    story.log.add(TransportError{.phase = "connect", .kind = "refused"}, Step{}, side);
    CHECK(story.read().failures.empty());
    const auto request = story.request(1);
    story.call(request, 1);
    story.log.add(TransportError{.phase = "connect", .kind = "refused"}, Step{1}, request);
    CHECK(story.read().failures.size() == 1);
}

TEST_CASE("core/readings: commands aim at the same when they share half of their words") {
    CHECK(is_same_aim(R"({"command":"node --test sums.test.mjs"})",
                      R"({"command":"node --test sum.test.mjs"})"));
    CHECK_FALSE(is_same_aim(R"({"command":"node --test sums.test.mjs"})", R"({"command":"ls -la"})"));
    CHECK_FALSE(is_same_aim(R"({"command":"ls","description":"look around"})",
                            R"({"command":"make all","description":"look around"})"));
}

TEST_CASE("core/readings: another exit code than 0 reads as giving up, whoever recorded it") {
    CHECK(read_ending({.ending = Ending::unknown, .exit_code = 7}) == Ending::gave_up);
    CHECK(read_ending({.ending = Ending::gave_up, .exit_code = 7}) == Ending::gave_up);
    CHECK(read_ending({.ending = Ending::unknown, .exit_code = 0}) == Ending::unknown);
    CHECK(read_ending({.ending = Ending::success_claimed, .exit_code = 0}) == Ending::success_claimed);
    CHECK(read_ending({.ending = Ending::signal, .signal = 9}) == Ending::signal);
    CHECK(read_ending({}) == Ending::unknown);
}

TEST_CASE("core/readings: readings survive being written down") {
    Readings readings;
    readings.root = sha256("a log");
    readings.failures.push_back(
        {0, Seq{4}, Step{2}, "http_500", Fault::provider, "it \"broke\"", {Seq{3}, Seq{4}}});
    readings.retries.push_back({0, RetryKind::transport, {Seq{5}}});
    readings.recoveries.push_back({0, Seq{9}, 1});
    const auto back = parse_readings(to_json(readings));
    REQUIRE(back.has_value());
    CHECK(*back == readings);
    CHECK_FALSE(parse_readings("[]").has_value());
    CHECK_FALSE(parse_readings(R"({"version":2,"root":"sha256:12"})").has_value());
    CHECK_FALSE(parse_readings(R"({"version":1,"retries":[{"of":7,"kind":"identical"}]})").has_value());
}

}  // namespace stet

#include "tests/wire/playbook.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace stet::test {
namespace {

std::string call(int id, const std::string& params) {
    return fmt::format(R"({{"method":"tools/call","params":{},"jsonrpc":"2.0","id":{}}})", params, id);
}

std::string result(int id, const std::string& value) {
    return fmt::format(R"({{"result":{},"jsonrpc":"2.0","id":{}}})", value, id);
}

std::string error(int id, int code, const std::string& message) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"{}"}}}})", id, code,
                       message);
}

TEST_CASE("wire/protocol: tool calls over MCP, each in a step of its own when no model is on record") {
    Playbook play;
    play.rpc_answer(play.rpc(Side::agent, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})"),
                    result(0, "{}"));
    const auto first = play.rpc(Side::agent, call(1, R"({"name":"read","arguments":{ "path":"a" }})"));
    CHECK(play.at(first).step == Step{1});
    const auto answered = play.rpc_answer(first, result(1, R"({"content":[{"type":"text","text":"x"}]})"));
    CHECK(play.at(answered).step == Step{1});
    const auto second = play.rpc(Side::agent, call(2, R"({"name":"now"})"));
    CHECK(play.at(second).step == Step{2});
    play.rpc_answer(second, result(2, R"({"content":[],"isError":true})"), false);
    CHECK(play.said() == Lines{
                             R"(#3 s1 tool_call 1 read { "path":"a" })",
                             R"(#5 s1 tool_result of #3 ok {"content":[{"type":"text","text":"x"}]})",
                             "#7 s2 tool_call 2 now {} (normalised)",
                             R"(#9 s2 tool_result of #7 tool_error {"content":[],"isError":true})",
                         });
    const auto& diff = std::get<StateDiff>(play.at(play.diff()).body);
    CHECK(diff.causes == std::vector{Seq{3}, Seq{7}});
    CHECK(diff.ambiguous);
}

TEST_CASE("wire/protocol: how a tool call over MCP ended") {
    struct Row {
        const char* name;
        std::string answer;
        const char* status;
    };
    const std::vector<Row> rows = {
        {"a result", result(1, R"({"content":[]})"), "ok"},
        {"a tool's own error", result(1, R"({"content":[],"isError":true})"), "tool_error"},
        {"not an error", result(1, R"({"content":[],"isError":false})"), "ok"},
        {"a protocol error", error(1, -32603, "internal"), "protocol_error"},
        {"bad arguments", error(1, -32602, "Invalid arguments"), "protocol_error"},
        {"an unknown tool", error(1, -32602, "Unknown tool: x"), "unknown_tool"},
        {"an unknown tool inside a result",
         result(
             1,
             R"({"content":[{"type":"text","text":"MCP error -32602: Tool x not found"}],"isError":true})"),
         "unknown_tool"},
        {"bad arguments inside a result",
         result(
             1,
             R"({"content":[{"type":"text","text":"MCP error -32602: Invalid arguments"}],"isError":true})"),
         "tool_error"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Playbook play;
        play.rpc_answer(play.rpc(Side::agent, call(1, R"({"name":"x","arguments":{}})")), row.answer);
        CHECK(play.said().at(1).starts_with(fmt::format("#3 s1 tool_result of #1 {} ", row.status)));
    }
}

TEST_CASE("wire/protocol: calls that are never answered end with their connection") {
    Playbook play;
    const auto timed_out = play.rpc(Side::agent, call(1, R"({"name":"x","arguments":{}})"));
    play.rpc(Side::agent, call(2, R"({"name":"y","arguments":{}})"));
    play.rpc(Side::agent, call(3, R"({"name":"z","arguments":{}})"));
    play.rpc(Side::agent, call(4, R"({"name":"other","arguments":{}})"), 8);
    play.rpc(
        Side::agent,
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"enough"}})");
    play.said();
    play.fail(timed_out, "timeout");
    play.hang_up(7);
    CHECK(play.said() == Lines{
                             "#11 s1 tool_result of #1 timeout -",
                             "#13 s2 tool_result of #3 unanswered -",
                             "#14 s3 tool_result of #5 cancelled -",
                         });
}

TEST_CASE("wire/protocol: a cancellation counts only while its target is open, and by direction") {
    Playbook play;
    const auto first = play.rpc(Side::agent, call(1, R"({"name":"x","arguments":{}})"));
    const std::string cancel =
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"why"}})";
    play.said();
    play.rpc(Side::upstream, cancel);
    play.rpc(Side::agent, cancel, 8);
    CHECK(play.said().empty());
    play.rpc(Side::agent, cancel);
    CHECK(play.said() == Lines{"#5 s1 cancel #1 why"});
    play.rpc(Side::agent, cancel);
    CHECK(play.said().empty());
    // A late answer is what happened.
    play.rpc_answer(first, result(1, "{}"));
    CHECK(play.said() == Lines{"#8 s1 tool_result of #1 ok {}"});
    play.rpc(Side::agent, cancel);
    CHECK(play.said().empty());
}

TEST_CASE("wire/protocol: progress stands in the step of its call") {
    Playbook play;
    play.rpc(Side::agent, call(1, R"({"name":"x","arguments":{},"_meta":{"progressToken":"p"}})"));
    play.rpc(Side::agent, call(2, R"({"name":"y","arguments":{}})"));
    play.said();
    play.rpc(Side::upstream,
             R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p",)"
             R"("progress":0.5,"total":2,"message":"half"}})");
    CHECK(play.said() == Lines{R"(#5 s1 progress "p" 0.5/2 half)"});
}

TEST_CASE("wire/protocol: what a server asks of the client is an interaction; its ids are its own") {
    Playbook play;
    const auto mine = play.rpc(Side::agent, call(0, R"({"name":"x","arguments":{}})"));
    const auto asked =
        play.rpc(Side::upstream,
                 R"({"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{"message":"sure?"}})");
    play.rpc_answer(asked, result(0, R"({"action":"decline"})"));
    const auto roots = play.rpc(Side::upstream, R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
    play.rpc_answer(roots, error(1, -32601, "no"));
    const auto sampling =
        play.rpc(Side::upstream, R"({"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{}})");
    play.rpc_answer(sampling, result(2, R"({"role":"assistant"})"));
    play.rpc_answer(mine, result(0, "{}"));
    CHECK(play.said() == Lines{
                             "#1 s1 tool_call 0 x {}",
                             R"(#3 s1 interaction elicitation [] {"message":"sure?"})",
                             R"(#5 s1 interaction elicitation [decline] {"action":"decline"})",
                             "#7 s1 interaction roots [] -",
                             R"(#9 s1 interaction roots [decline] {"code":-32601,"message":"no"})",
                             "#11 s1 interaction sampling [] {}",
                             R"(#13 s1 interaction sampling [accept] {"role":"assistant"})",
                             "#15 s1 tool_result of #1 ok {}",
                         });
}

TEST_CASE("wire/protocol: a call that wants input first is still the same call when the client comes back") {
    Playbook play;
    const auto first = play.rpc(Side::agent, call(1, R"({"name":"x","arguments":{}})"));
    play.rpc_answer(first,
                    result(1, R"({"resultType":"input_required","requestState":"s1","inputRequests":{}})"));
    const auto again = play.rpc(
        Side::agent, call(2, R"({"name":"x","arguments":{},"requestState":"s1","inputResponses":{"a":1}})"));
    CHECK(play.at(again).step == Step{1});
    play.rpc_answer(again, result(2, R"({"resultType":"complete","content":[]})"));
    CHECK(play.said() ==
          Lines{
              "#1 s1 tool_call 1 x {}",
              R"(#3 s1 interaction elicitation [] {"resultType":"input_required","requestState":"s1",)"
              R"("inputRequests":{}})",
              R"(#5 s1 interaction elicitation [accept] {"a":1})",
              R"(#7 s1 tool_result of #1 ok {"resultType":"complete","content":[]})",
          });
}

TEST_CASE("wire/protocol: a call at the tool boundary is linked to the model's, and counts as that one") {
    for (const auto* meta : {R"({"claudecode/toolUseId":"t1"})", R"({"callId":"t1"})"}) {
        Playbook play;
        Playbook::Ask how;
        how.agent = "agent-7";
        const auto asked = play.ask(R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", how);
        play.give(asked, R"({"content":[{"type":"tool_use","id":"t1","name":"mcp__fs__read","input":{}}],)"
                         R"("stop_reason":"tool_use"})");
        play.said();
        const auto request = play.rpc(
            Side::agent, call(5, fmt::format(R"({{"name":"read","arguments":{{}},"_meta":{}}})", meta)));
        play.rpc_answer(request, result(5, R"({"content":[]})"));
        CHECK(play.said() == Lines{
                                 "#7 s1 agent-7 tool_call 5 read {} asked by #5",
                                 R"(#9 s1 agent-7 tool_result of #7 ok {"content":[]})",
                             });
        const auto diff = play.at(play.diff());
        CHECK(std::get<StateDiff>(diff.body).causes == std::vector{Seq{5}});
        CHECK(diff.actor == "agent-7");
    }
}

TEST_CASE("wire/protocol: a line that is no message is a gap") {
    Playbook play;
    play.rpc(Side::agent, "not json");
    play.rpc(Side::agent, R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])");
    play.rpc_answer(play.rpc(Side::agent, call(1, R"({"name":"x","arguments":7})")), "{");
    const auto said = play.said();
    REQUIRE(said.size() == 4);
    CHECK(said[0].starts_with("#1 s0 gap protocol: JSON-RPC message: "));
    CHECK(said[1] == "#3 s0 gap protocol: JSON-RPC message: read a JSON-RPC message: it is no object");
    CHECK(said[2] == "#5 s1 tool_call 1 x 7 invalid");
    CHECK(said[3].starts_with("#7 s1 gap protocol: JSON-RPC message: "));
}

TEST_CASE("wire/protocol: protocol events from elsewhere get their steps, and diffs their causes") {
    Playbook play;
    play.add(Message{.role = "user", .content = {}});
    play.add(ModelCall{.dialect = "imported", .model = "m", .sampling = {}});
    const auto call_seq = play.add(ToolCall{.call_id = "t1", .tool = "x", .arguments = {}});
    play.add(ModelCall{.dialect = "imported", .model = "m", .sampling = {}});
    const auto shown = play.add(Observation{.call = call_seq, .call_id = "t1", .content = {}, .error = {}});
    CHECK(play.at(call_seq).step == Step{1});
    CHECK(play.at(Seq{3}).step == Step{2});
    CHECK(play.at(shown).step == Step{1});
    CHECK(std::get<StateDiff>(play.at(play.diff()).body).causes == std::vector{call_seq});
}

}  // namespace
}  // namespace stet::test

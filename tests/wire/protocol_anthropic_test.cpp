#include "tests/wire/playbook.hpp"

#include <stet/bytes.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace stet::test {
namespace {

constexpr auto user = R"({"role":"user","content":"fix it"})";

std::string question(const std::string& messages, const std::string& more = "") {
    return R"({"model":"m1","max_tokens":100,"system":"be good","messages":[)" + messages + "]" + more + "}";
}

const std::string tool_answer =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"m1-served",)"
    R"("content":[{"type":"text","text":"I \"look\"."},)"
    R"({"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls  -l"}},)"
    R"({"type":"tool_use","id":"t2","name":"Read","input":{ "path" : "a" }}],)"
    R"("stop_reason":"tool_use","usage":{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":3,)"
    R"("cache_creation_input_tokens":4}})";

const std::string assistant_echo =
    R"({"role":"assistant","content":[{"type":"text","text":"I \"look\"."},)"
    R"({"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls  -l"}},)"
    R"({"type":"tool_use","id":"t2","name":"Read","input":{"path":"a"}}]})";

const std::string results =
    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"exit 1",)"
    R"("is_error":true},)"
    R"({"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"hello"}]},)"
    R"({"type":"text","text":"a reminder"}]})";

std::string streamed_tool_answer() {
    std::string stream;
    for (const auto* json : {
             R"({"type":"message_start","message":{"id":"msg_1","model":"m1-served","content":[],)"
             R"("usage":{"input_tokens":10,"output_tokens":1}}})",
             R"({"type":"ping"})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hmm"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",)"
             R"("signature":"xyz"}})",
             R"({"type":"content_block_stop","index":0})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I "}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"look."}})",
             R"({"type":"content_block_stop","index":1})",
             R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1",)"
             R"("name":"Bash","input":{}}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",)"
             R"("partial_json":""}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",)"
             R"("partial_json":"{\"comm"}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta",)"
             R"("partial_json":"and\":\"ls\"}"}})",
             R"({"type":"content_block_stop","index":2})",
             R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2",)"
             R"("name":"Now","input":{}}})",
             R"({"type":"content_block_stop","index":3})",
             R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":15}})",
             R"({"type":"message_delta","delta":{},"usage":{"output_tokens":20}})",
             R"({"type":"message_stop"})",
         })
        stream += anthropic_event(json);
    return stream;
}

TEST_CASE("wire/protocol: a turn with Anthropic, its tool calls and what the model was shown for them") {
    Playbook play;
    const auto first =
        play.ask(question(user, R"(,"tools":[{"name":"Bash"},{"name":"Read"}],"temperature":0.50)"));
    CHECK(play.said() == Lines{
                             "#1 s1 model_call anthropic-messages m1 messages=1 tools=2",
                             "#2 s1 message system: be good",
                             "#3 s1 message user: fix it",
                         });
    const auto& call = std::get<ModelCall>(play.events[1].body);
    CHECK(call.sampling == R"({"max_tokens":100,"temperature":0.50})");
    CHECK(call.tool_catalogue == sha256(R"([{"name":"Bash"},{"name":"Read"}])"));
    CHECK(play.text_of(*call.tools_json) == R"([{"name":"Bash"},{"name":"Read"}])");
    CHECK(play.events[1].cause == first);
    CHECK(play.at(first).step == Step{1});

    const auto answer = play.give(first, tool_answer);
    CHECK(play.said() == Lines{
                             R"(#5 s1 model_result of #1 tool_use text=I "look". reasoning=-)",
                             R"(#6 s1 tool_call t1 Bash {"command":"ls  -l"})",
                             R"(#7 s1 tool_call t2 Read { "path" : "a" })",
                         });
    const auto& result = std::get<ModelResult>(play.events[5].body);
    CHECK(result.id == "msg_1");
    CHECK(result.model == "m1-served");
    CHECK(result.usage ==
          Usage{.input = 10, .output = 5, .cache_read = 3, .cache_write = 4, .reasoning = {}});
    CHECK(play.events[6].cause == answer);
    CHECK(std::get<ToolCall>(play.events[6].body).peer == "model");

    const auto second = play.ask(question(fmt::format("{},{},{}", user, assistant_echo, results)));
    CHECK(play.said() == Lines{
                             "#9 s1 observation of #6 t1 error: exit 1",
                             R"(#10 s1 observation of #7 t2: [{"type":"text","text":"hello"}])",
                             "#11 s2 model_call anthropic-messages m1 messages=3 tools=0",
                             "#12 s2 message user: a reminder",
                         });
    CHECK(play.at(second).step == Step{2});
    CHECK(play.events[9].cause == second);
}

TEST_CASE("wire/protocol: a streamed answer of Anthropic is put together") {
    Playbook play;
    const auto request = play.ask(question(user, R"(,"stream":true)"));
    play.said();
    play.stream(request, streamed_tool_answer());
    CHECK(play.said() == Lines{
                             "#5 s1 model_result of #1 tool_use text=I look. reasoning=hmm (reconstructed)",
                             R"(#6 s1 tool_call t1 Bash {"command":"ls"} (reconstructed))",
                             "#7 s1 tool_call t2 Now {} (reconstructed)",
                         });
    const auto& result = std::get<ModelResult>(play.events[5].body);
    CHECK(result.usage.output == 20);  // Cumulative: the last one counts.
    CHECK(result.usage.input == 10);
    CHECK(result.id == "msg_1");
}

TEST_CASE("wire/protocol: from a stream of Anthropic that is cut anywhere comes no tool call") {
    const auto stream = streamed_tool_answer();
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
        for (const bool complete : {false, true}) {
            Playbook play;
            const auto request = play.ask(question(user, R"(,"stream":true)"));
            play.stream(request, stream.substr(0, cut), complete);
            std::size_t results_seen = 0;
            for (const auto& event : play.events) {
                CAPTURE(cut);
                CHECK_FALSE(std::holds_alternative<ToolCall>(event.body));
                const auto* result = std::get_if<ModelResult>(&event.body);
                if (result == nullptr) continue;
                ++results_seen;
                CHECK_FALSE(result->complete);
                CHECK(result->finish_reason.empty());
            }
            CHECK(results_seen <= 1);
            if (!complete) CHECK(results_seen == 1);
        }
    }
}

TEST_CASE("wire/protocol: an error inside a stream is kept, with the text so far") {
    Playbook play;
    const auto request = play.ask(question(user, R"(,"stream":true)"));
    play.said();
    const auto stream = streamed_tool_answer();
    const auto before = stream.substr(
        0, stream.find("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":3"));
    play.stream(
        request,
        before + anthropic_event(
                     R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"));
    CHECK(play.said() ==
          Lines{"#5 s1 model_result of #1 cut text=I look. reasoning=hmm error=overloaded_error: "
                "Overloaded (reconstructed)"});
    // The client falls back to asking without a stream: the same question once more.
    const auto again = play.ask(question(user, R"(,"stream":false)"));
    CHECK(play.at(again).step == Step{1});
    play.give(again, tool_answer);
    const auto said = play.said();
    REQUIRE(said.size() == 4);
    CHECK(said[0] == "#7 s1 attempt 2 of #1 changed");
    CHECK(said[1] == R"(#9 s1 model_result of #1 tool_use text=I "look". reasoning=-)");
}

TEST_CASE("wire/protocol: bodies under a content coding are cited by payloads of their own") {
    Playbook play;
    Playbook::Ask how;
    how.coding = "zstd";
    const auto request = play.ask(zstd_compress(question(user), 3), how);
    CHECK(play.said() == Lines{
                             "#1 s1 model_call anthropic-messages m1 messages=1 tools=0",
                             "#2 s1 message system: be good (normalised)",
                             "#3 s1 message user: fix it (normalised)",
                         });
    Playbook::Give give;
    give.coding = "zstd";
    play.give(request, zstd_compress(tool_answer, 3), give);
    CHECK(play.said() == Lines{
                             R"(#5 s1 model_result of #1 tool_use text=I "look". reasoning=- (normalised))",
                             R"(#6 s1 tool_call t1 Bash {"command":"ls  -l"} (normalised))",
                             R"(#7 s1 tool_call t2 Read { "path" : "a" } (normalised))",
                         });
    CHECK(std::get<ToolCall>(play.events[6].body).arguments.payload ==
          Payload{sha256(R"({"command":"ls  -l"})"), 20});
}

TEST_CASE("wire/protocol: what is no question to a model says nothing, and what cannot be read says so") {
    struct Row {
        const char* name;
        std::string body;
        Playbook::Ask how;
        Lines said;
    };
    const std::string unread = "gap protocol: request body: ";
    const std::vector<Row> rows = {
        {"a probe", "", {.target = "/", .method = "HEAD", .agent = {}, .coding = {}}, {}},
        {"token counts",
         question(user),
         {.target = "/v1/messages/count_tokens?beta=true", .agent = {}, .coding = {}},
         {}},
        {"a list of models", "", {.target = "/v1/models", .method = "GET", .agent = {}, .coding = {}}, {}},
        {"another dialect",
         "{}",
         {.target = "/v1/responses", .agent = {}, .coding = {}},
         {"#1 s0 " + unread + "a model is asked in a dialect that is not read: /v1/responses"}},
        {"no messages",
         R"({"model":"x"})",
         {.agent = {}, .coding = {}},
         {"#1 s0 " + unread + "read a model request: it has no list of messages"}},
        {"no body", "", {.agent = {}, .coding = {}}, {"#1 s0 " + unread + "the request has no body"}},
        {"cut",
         question(user),
         {.agent = {}, .coding = {}, .complete = false},
         {"#1 s0 " + unread + "the request was cut"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Playbook play;
        play.give(play.ask(row.body, row.how), "{}");
        CHECK(play.said() == row.said);
    }
    Playbook play;
    play.ask("{\"messages\":[");
    REQUIRE(play.said().size() == 1);
    CHECK(std::get<Gap>(play.events[1].body).raw == std::get<Request>(play.events[0].body).body);
}

TEST_CASE("wire/protocol: an answer that cannot be read is a gap, an error status nothing") {
    Playbook play;
    auto request = play.ask(question(user));
    play.said();
    play.give(request, R"({"type":"error","error":{"type":"overloaded_error"}})",
              {.status = 529, .media = "application/json", .coding = {}});
    CHECK(play.said().empty());
    request = play.ask(question(user));
    play.give(request, "<html>", {.media = "text/html", .coding = {}});
    request = play.ask(question(user));
    play.give(request, tool_answer.substr(0, 100), {.complete = false, .coding = {}});
    request = play.ask(question(user));
    play.stream(request, "data: {nonsense\n\n");
    request = play.ask(question(user));
    play.stream(request, ": nothing but a comment\n\n");
    const auto said = play.said();
    REQUIRE(said.size() == 8);
    CHECK(said[0] == "#6 s1 attempt 2 of #1");
    CHECK(said[1].starts_with("#8 s1 gap protocol: response body: "));
    CHECK(said[2] == "#10 s1 attempt 3 of #1");
    CHECK(said[3] == "#12 s1 model_result of #1 cut text=- reasoning=-");
    CHECK(said[4] == "#14 s1 attempt 4 of #1");
    CHECK(said[5] == "#16 s1 gap protocol: response body: 1 event of the stream is no JSON");
    CHECK(said[7] == "#20 s1 gap protocol: response body: the stream holds no event of an answer");
}

TEST_CASE("wire/protocol: a result for a call that nobody saw is a gap, and the rest is read") {
    Playbook play;
    play.ask(question(fmt::format("{},{},{}", user, assistant_echo, results)));
    const auto said = play.said();
    REQUIRE(said.size() == 7);
    CHECK(
        said[0].ends_with("gap protocol: request body /messages/2: a result is shown for the tool call "
                          "\"t1\", which was not seen"));
    CHECK(said[1].ends_with("\"t2\", which was not seen"));
    CHECK(said[2] == "#3 s1 model_call anthropic-messages m1 messages=3 tools=0");
    CHECK(said[3] == "#4 s1 message system: be good");
    CHECK(said[5].starts_with("#6 s1 message assistant: ["));  // It came from elsewhere: no answer of ours.
    CHECK(said[6] == "#7 s1 message user: a reminder");
}

}  // namespace
}  // namespace stet::test

#include "tests/wire/playbook.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace stet::test {
namespace {

Playbook::Ask chat() {
    Playbook::Ask how;
    how.target = "/api/v1/chat/completions?x=1";
    return how;
}

constexpr auto opening = R"({"role":"system","content":"be good"},{"role":"user","content":"fix it"})";

std::string question(const std::string& messages, const std::string& more = "") {
    return R"({"model":"m2","messages":[)" + messages + "]" + more + "}";
}

/// A gzip file (RFC 1952) with one stored block, so that no encoder is needed.
std::string gzip(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const auto little = [](std::uint32_t value, int count) {
        std::string out;
        for (int i = 0; i < count; ++i)
            out += static_cast<char>((value >> (8 * i)) & 0xFFU);
        return out;
    };
    return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11) + little(size, 2) +
           little(~size & 0xFFFFU, 2) + bytes + little(~crc, 4) + little(size, 4);
}

const std::string tool_answer =
    R"({"id":"c-1","object":"chat.completion","model":"m2-served","choices":[{"index":0,)"
    R"("finish_reason":"tool_calls",)"
    R"("logprobs":{"content":[]},"token_ids":[1,2],"message":{"role":"assistant","content":null,)"
    R"("reasoning_content":"hmm","tool_calls":[)"
    R"({"id":"a","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}},)"
    R"({"id":"b","type":"function","function":{"name":"bash","arguments":"{\"command\": ls"}},)"
    R"({"id":"c","type":"function","function":{"name":"bash","arguments":"[1]"}}]}}],)"
    R"("usage":{"prompt_tokens":7,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":3},)"
    R"("completion_tokens_details":{"reasoning_tokens":2},"cost":0.25}})";

std::string delta(const std::string& json, const std::string& finish = "null") {
    return chat_event(R"({"id":"c-1","model":"m2-served","choices":[{"index":0,"delta":)" + json +
                      R"(,"finish_reason":)" + finish + "}]}");
}

std::string streamed_tool_answer() {
    return ": a comment\n\n" + delta(R"({"role":"assistant","content":"","reasoning_content":"h"})") +
           delta(R"({"reasoning_content":"mm"})") + delta(R"({"content":"I "})") +
           delta(R"({"content":"look."})") +
           delta(R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"bash",)"
                 R"("arguments":""}}]})") +
           delta(R"({"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"read",)"
                 R"("arguments":"{"}}]})") +
           delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"command\":"}}]})") +
           delta(R"({"tool_calls":[{"index":1,"function":{"arguments":"\"path\":1"}},{"index":0,)"
                 R"("function":{"arguments":"\"ls\"}"}}]})") +
           delta("{}", "\"tool_calls\"") +
           chat_event(R"({"id":"c-1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":8}})") +
           "data: [DONE]\n\n";
}

TEST_CASE("wire/protocol: a count below nothing is unknown") {
    Playbook play;
    const auto request = play.ask(question(opening), chat());
    play.give(request, R"({"choices":[{"finish_reason":"stop","message":{"content":"x"}}],)"
                       R"("usage":{"prompt_tokens":-5,"completion_tokens":8}})");
    const auto& result = std::get<ModelResult>(play.events.back().body);
    CHECK(result.usage == Usage{.input = {}, .output = 8});
}

TEST_CASE("wire/protocol: a turn with Chat Completions, with arguments that are no JSON") {
    Playbook play;
    const auto first =
        play.ask(question(opening, R"(,"seed":1,"max_completion_tokens":9,"user":"u")"), chat());
    CHECK(play.said() == Lines{
                             "#1 s1 model_call openai-chat m2 messages=2 tools=0",
                             "#2 s1 message system: be good",
                             "#3 s1 message user: fix it",
                         });
    CHECK(std::get<ModelCall>(play.events[1].body).sampling == R"({"max_completion_tokens":9,"seed":1})");
    play.give(first, tool_answer);
    CHECK(play.said() == Lines{
                             "#5 s1 model_result of #1 tool_calls text=- reasoning=hmm",
                             R"(#6 s1 tool_call a bash {"command":"ls"})",
                             R"(#7 s1 tool_call b bash {"command": ls invalid)",
                             R"(#8 s1 tool_call c bash [1] invalid)",
                         });
    const auto& result = std::get<ModelResult>(play.events[5].body);
    CHECK(result.usage == Usage{.input = 7, .output = 8, .cache_read = 3, .cache_write = {}, .reasoning = 2});
    CHECK(result.cost_usd == 0.25);
    CHECK(play.text_of(*result.logprobs) == R"({"content":[]})");
    CHECK(play.text_of(*result.token_ids) == "[1,2]");
    const std::string echo =
        R"(,{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"bash",)"
        R"("arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"b","content":"no JSON"},{"role":"tool","tool_call_id":"a",)"
        R"("content":"x"},)"
        R"({"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"y"}]})";
    play.ask(question(opening + echo), chat());
    CHECK(play.said() == Lines{
                             "#10 s1 observation of #7 b: no JSON",
                             "#11 s1 observation of #6 a: x",
                             R"(#12 s1 observation of #8 c: [{"type":"text","text":"y"}])",
                             "#13 s2 model_call openai-chat m2 messages=6 tools=0",
                         });
    // Sent once more with one turn added, nothing is shown twice.
    play.give(Seq{9}, R"({"choices":[{"finish_reason":"stop","message":{"content":"done"}}]})");
    play.said();
    play.ask(question(opening + echo +
                      R"(,{"role":"assistant","content":"done"},{"role":"user","content":"thanks"})"),
             chat());
    CHECK(play.said() == Lines{
                             "#17 s3 model_call openai-chat m2 messages=8 tools=0",
                             "#18 s3 message user: thanks",
                         });
}

TEST_CASE("wire/protocol: a streamed answer of Chat Completions is put together by index") {
    Playbook play;
    const auto first =
        play.ask(question(opening, R"(,"stream":true,"stream_options":{"include_usage":true})"), chat());
    play.said();
    play.stream(first, streamed_tool_answer());
    CHECK(play.said() == Lines{
                             "#5 s1 model_result of #1 tool_calls text=I look. reasoning=hmm (reconstructed)",
                             R"(#6 s1 tool_call a bash {"command":"ls"} (reconstructed))",
                             R"(#7 s1 tool_call b read {"path":1 invalid (reconstructed))",
                         });
    CHECK(std::get<ModelResult>(play.events[5].body).usage.output == 8);
}

TEST_CASE("wire/protocol: from a stream of Chat Completions that is cut anywhere comes no tool call") {
    const auto stream = streamed_tool_answer();
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
        CAPTURE(cut);
        Playbook play;
        const auto request = play.ask(question(opening, R"(,"stream":true)"), chat());
        play.said();
        play.stream(request, stream.substr(0, cut), false);
        const auto said = play.said();
        REQUIRE(said.size() == 1);
        CHECK(said[0].find("model_result of #1 cut") != std::string::npos);
    }
}

TEST_CASE("wire/protocol: a stream that ends in order needs no [DONE] after its finish reason") {
    auto stream = streamed_tool_answer();
    stream.resize(stream.find("data: [DONE]"));
    Playbook play;
    play.stream(play.ask(question(opening), chat()), stream);
    CHECK(play.said().size() == 6);
}

TEST_CASE("wire/protocol: parallel calls that a peer gives the same index are told apart by their ids") {
    Playbook play;
    const auto request = play.ask(question(opening, R"(,"stream":true)"), chat());
    play.said();
    play.stream(
        request,
        delta(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}}]})") +
            delta(
                R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"y","arguments":"{\"k\":1}"}}]})") +
            delta("{}", "\"tool_calls\"") + "data: [DONE]\n\n");
    const auto said = play.said();
    REQUIRE(said.size() == 3);
    CHECK(said[1] == "#6 s1 tool_call a x {} (reconstructed)");
    CHECK(said[2] == R"(#7 s1 tool_call b y {"k":1} (reconstructed))");
}

TEST_CASE("wire/protocol: an error in a data line ends the answer") {
    Playbook play;
    const auto request = play.ask(question(opening, R"(,"stream":true)"), chat());
    play.said();
    play.stream(request, delta(R"({"content":"I "})") +
                             chat_event(R"({"error":{"message":"scripted","type":"server_error"}})"));
    CHECK(
        play.said() ==
        Lines{
            "#5 s1 model_result of #1 cut text=I  reasoning=- error=server_error: scripted (reconstructed)"});
}

TEST_CASE("wire/protocol: a gzipped answer is read") {
    Playbook play;
    const auto request = play.ask(question(opening), chat());
    play.said();
    Playbook::Give give;
    give.coding = "gzip";
    play.give(request, gzip(tool_answer), give);
    const auto said = play.said();
    REQUIRE(said.size() == 4);
    CHECK(said[0] == "#5 s1 model_result of #1 tool_calls text=- reasoning=hmm (normalised)");
    CHECK(said[1] == R"(#6 s1 tool_call a bash {"command":"ls"} (normalised))");
    // A gzipped body that is cut says that there was an answer, and nothing else.
    Playbook cut;
    const auto asked = cut.ask(question(opening), chat());
    cut.said();
    give.complete = false;
    cut.give(asked, gzip(tool_answer).substr(0, 60), give);
    const auto told = cut.said();
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("#5 s1 gap protocol: response body: "));
    CHECK(told[1] == "#6 s1 model_result of #1 cut text=- reasoning=-");
}

TEST_CASE("wire/protocol: answers beyond the first choice are named, not read") {
    Playbook play;
    const auto request = play.ask(question(opening, R"(,"n":2)"), chat());
    play.said();
    play.give(
        request,
        R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"},{"message":{"content":"b"}}]})");
    CHECK(play.said() ==
          Lines{
              "#5 s1 gap protocol: response body /choices: only the first of 2 choices is read",
              "#6 s1 model_result of #1 stop text=a reasoning=-",
          });
}

}  // namespace
}  // namespace stet::test

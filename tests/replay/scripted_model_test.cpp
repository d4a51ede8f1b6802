#include <stet/door/replay.hpp>
#include <stet/json.hpp>
#include <stet/wire/http.hpp>
#include <stet/wire/sse.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace stet {
namespace {

constexpr const char* two_turns = R"({"model":"scripted-1","turns":[
  {"text":"Let me look at the größe.","calls":[{"tool":"read","arguments":{"path":"a.txt","limit":1.0}},
                                             {"tool":"read","arguments":{"path":"b.txt"}}]},
  {"text":"Done."}]})";

/// What came over the wire, read as a client reads it.
struct Heard {
    HttpHead head;
    std::string body;
    bool whole = false, reset = false;
    std::size_t acts = 0;
    std::vector<SseEvent> events;
};

Heard listen(const std::vector<PeerAct>& acts) {
    Heard heard;
    heard.acts = acts.size();
    HttpReader reader(HttpReader::Role::responses);
    for (const auto& act : acts) {
        for (std::string_view rest = act.bytes; !rest.empty();) {
            const auto piece = reader.read(rest);
            REQUIRE(piece.has_value());
            heard.body += piece->body;
            heard.whole = heard.whole || piece->message_done;
            rest.remove_prefix(piece->consumed);
        }
        heard.reset = heard.reset || act.then == PeerAct::Then::reset;
    }
    heard.head = reader.head();
    SseReader events;
    if (auto read = events.read(heard.body)) heard.events = *std::move(read);
    return heard;
}

enum class Api { anthropic, openai };

std::string request(Api api, int tool_results, bool stream) {
    std::string messages = R"({"role":"user","content":"hi"})";
    for (int i = 0; i < tool_results; ++i) {
        messages +=
            api == Api::anthropic
                ? R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"y"}]})"
                : R"(,{"role":"tool","tool_call_id":"x","content":"y"})";
    }
    return R"({"model":"m","tools":[{"name":"read"}],"messages":[)" + messages + "]" +
           (stream ? R"(,"stream":true,"stream_options":{"include_usage":true}})" : "}");
}

std::vector<PeerAct> ask(Peer& model, Api api, int tool_results, bool stream) {
    const auto* target = api == Api::anthropic ? "/v1/messages?beta=true" : "/v1/chat/completions";
    return model.answer({"POST", target, request(api, tool_results, stream)});
}

std::unique_ptr<Peer> model_of(std::string_view script) {
    auto model = make_scripted_model(script);
    REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().what));
    return *std::move(model);
}

/// An answer of either API, streamed or not, brought to one form.
struct Answer {
    std::string text, finish;
    std::vector<std::string> tools, arguments, ids;
    std::int64_t output_tokens = 0;
};

Answer whole_answer(Api api, const std::string& body) {
    const auto document = JsonDocument::parse(body);
    REQUIRE(document.has_value());
    const auto root = document->root();
    Answer answer;
    if (api == Api::anthropic) {
        for (const auto& block : root["content"].elements()) {
            answer.text += block["text"].text();
            if (block["type"].text() != "tool_use") continue;
            answer.tools.push_back(block["name"].text());
            answer.arguments.emplace_back(block["input"].raw());
            answer.ids.push_back(block["id"].text());
        }
        answer.finish = root["stop_reason"].text();
        answer.output_tokens = root["usage"]["output_tokens"].integer().value_or(0);
        return answer;
    }
    const auto choice = root["choices"][std::size_t{0}];
    answer.text = choice["message"]["content"].text();
    for (const auto& call : choice["message"]["tool_calls"].elements()) {
        answer.tools.push_back(call["function"]["name"].text());
        answer.arguments.push_back(call["function"]["arguments"].text());
        answer.ids.push_back(call["id"].text());
    }
    answer.finish = choice["finish_reason"].text();
    answer.output_tokens = root["usage"]["completion_tokens"].integer().value_or(0);
    return answer;
}

void hear_anthropic(const JsonValue& event, Answer& answer) {
    const auto block = event["content_block"];
    if (block["type"].text() == "tool_use") {
        answer.tools.push_back(block["name"].text());
        answer.ids.push_back(block["id"].text());
        answer.arguments.emplace_back();
    }
    const auto delta = event["delta"];
    answer.text += delta["text"].text();
    if (delta["partial_json"]) answer.arguments.back() += delta["partial_json"].text();
    if (delta["stop_reason"]) answer.finish = delta["stop_reason"].text();
    if (event["usage"]) answer.output_tokens = event["usage"]["output_tokens"].integer().value_or(0);
}

void hear_openai(const JsonValue& event, Answer& answer) {
    const auto choice = event["choices"][std::size_t{0}];
    answer.text += choice["delta"]["content"].text();
    for (const auto& call : choice["delta"]["tool_calls"].elements()) {
        if (call["id"]) {
            answer.tools.push_back(call["function"]["name"].text());
            answer.ids.push_back(call["id"].text());
            answer.arguments.emplace_back();
        }
        answer.arguments.back() += call["function"]["arguments"].text();
    }
    if (choice["finish_reason"].is(JsonKind::string)) answer.finish = choice["finish_reason"].text();
    if (event["usage"]) answer.output_tokens = event["usage"]["completion_tokens"].integer().value_or(0);
}

Answer streamed_answer(Api api, const Heard& heard) {
    Answer answer;
    for (const auto& event : heard.events) {
        if (event.data == "[DONE]") continue;
        const auto document = JsonDocument::parse(event.data);
        REQUIRE(document.has_value());
        if (api == Api::anthropic) {
            CHECK(document->root()["type"].text() == event.event);
            hear_anthropic(document->root(), answer);
        } else {
            hear_openai(document->root(), answer);
        }
    }
    return answer;
}

}  // namespace

TEST_CASE("replay/scripted_model: a turn is the same in both APIs, streamed or not") {
    for (const auto api : {Api::anthropic, Api::openai}) {
        for (const bool stream : {false, true}) {
            CAPTURE(static_cast<int>(api));
            CAPTURE(stream);
            const auto model = model_of(two_turns);
            const auto heard = listen(ask(*model, api, 0, stream));
            CHECK(heard.head.status == 200);
            CHECK(heard.whole);
            CHECK(media_type_of(heard.head) == (stream ? "text/event-stream" : "application/json"));
            const auto answer = stream ? streamed_answer(api, heard) : whole_answer(api, heard.body);
            CHECK(answer.text == "Let me look at the größe.");
            CHECK(answer.tools == std::vector<std::string>{"read", "read"});
            CHECK(answer.arguments[0] == R"({"path":"a.txt","limit":1.0})");
            CHECK(answer.arguments[1] == R"({"path":"b.txt"})");
            CHECK(answer.ids[0] != answer.ids[1]);
            CHECK(answer.finish == (api == Api::anthropic ? "tool_use" : "tool_calls"));
            CHECK(answer.output_tokens > 10);
            if (stream) {
                CHECK(heard.acts > 10);
                CHECK(is_terminal(heard.events.back()));
            }
        }
    }
}

TEST_CASE("replay/scripted_model: the turn is counted by the tool results in the request") {
    struct Row {
        int tool_results;
        const char* finish;
    };
    const Row rows[] = {{0, "tool_use"}, {2, "end_turn"}, {9, "end_turn"}, {0, "tool_use"}};
    const auto model = model_of(two_turns);
    for (const auto& row : rows) {
        CAPTURE(row.tool_results);
        const auto heard = listen(ask(*model, Api::anthropic, row.tool_results, false));
        CHECK(whole_answer(Api::anthropic, heard.body).finish == row.finish);
    }
}

TEST_CASE("replay/scripted_model: the same requests get the same bytes") {
    const auto all_bytes = [] {
        const auto model = model_of(two_turns);
        std::string bytes;
        for (const int results : {0, 2}) {
            for (const auto& act : ask(*model, Api::openai, results, true))
                bytes += act.bytes;
        }
        return bytes;
    };
    CHECK(all_bytes() == all_bytes());
}

TEST_CASE("replay/scripted_model: faults strike the first attempts at their turn, in order") {
    const auto model = model_of(R"({"turns":[{"text":"It is done now, all of it.","faults":[
        {"kind":"429","times":2},{"kind":529},{"kind":"reset"},{"kind":"cut"},
        {"kind":"error_event"},{"kind":"slow"}]}]})");
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto limited = listen(ask(*model, Api::anthropic, 0, true));
        CHECK(limited.head.status == 429);
        REQUIRE(limited.head.find("retry-after") != nullptr);
        CHECK(limited.body.find("rate_limit_error") != std::string::npos);
    }
    CHECK(listen(ask(*model, Api::anthropic, 0, true)).head.status == 529);
    const auto reset = listen(ask(*model, Api::anthropic, 0, true));
    CHECK(reset.reset);
    CHECK(reset.body.empty());
    const auto cut = ask(*model, Api::anthropic, 0, true);
    CHECK(cut.back().then == PeerAct::Then::close);
    CHECK_FALSE(listen(cut).whole);
    const auto broken = listen(ask(*model, Api::anthropic, 0, true));
    CHECK(broken.whole);
    CHECK(broken.events.back().event == "error");
    const auto slow = ask(*model, Api::anthropic, 0, true);
    CHECK(slow[2].wait > std::chrono::milliseconds(50));
    CHECK(streamed_answer(Api::anthropic, listen(slow)).text == "It is done now, all of it.");
    const auto well = ask(*model, Api::anthropic, 0, true);
    CHECK(well[2].wait < std::chrono::milliseconds(50));
    CHECK(streamed_answer(Api::anthropic, listen(well)).finish == "end_turn");
}

TEST_CASE("replay/scripted_model: what is no question to a model is an error, not a turn") {
    const auto model = model_of(two_turns);
    CHECK(listen(model->answer({"GET", "/v1/models", ""})).head.status == 404);
    CHECK(listen(model->answer({"POST", "/v1/messages", "{"})).head.status == 400);
    const auto title = listen(model->answer({"POST", "/v1/messages", R"({"messages":[]})"}));
    CHECK(title.head.status == 200);
    CHECK(whole_answer(Api::anthropic, title.body).tools.empty());
}

TEST_CASE("replay/scripted_model: an error points at its place in the script") {
    struct Row {
        const char* script;
        const char* place;
    };
    const Row rows[] = {
        {"[]", "at /"},
        {"{}", "/turns"},
        {R"({"turns":[]})", "/turns"},
        {R"({"turns":[{"text":"a"},3]})", "/turns/1"},
        {R"({"turns":[{"calls":[{"arguments":{}}]}]})", "/turns/0/calls/0/tool"},
        {R"({"turns":[{"calls":[{"tool":"a","arguments":"{}"}]}]})", "/turns/0/calls/0/arguments"},
        {R"({"turns":[{"faults":[{"kind":"cut"},{"kind":"200"}]}]})", "/turns/0/faults/1/kind"},
        {R"({"turns":[{"faults":[{"kind":"cut","times":0}]}]})", "/turns/0/faults/0/times"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.script);
        const auto model = make_scripted_model(row.script);
        REQUIRE_FALSE(model.has_value());
        CHECK(model.error().what.find(row.place) != std::string::npos);
    }
    CHECK_FALSE(make_scripted_model("{").has_value());
}

}  // namespace stet

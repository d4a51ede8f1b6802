#include "tests/support/memory_log.hpp"

#include <stet/event_codec.hpp>
#include <stet/journal.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

const std::string secret = "secret-0123456789";

/// A journal over a log with a memory.
struct Desk {
    Redactor redactor{"a key of sixteen"};
    test::MemoryLog log;
    TrajectoryId id;
    std::unique_ptr<Journal> journal;

    Desk() {
        redactor.learn("registered", secret);
        journal = std::make_unique<Journal>(id, "fix " + secret, 1000, redactor, log);
    }

    Appended note(std::string text) {
        Draft draft;
        draft.body = Note{std::move(text)};
        return journal->append(std::move(draft));
    }

    Appended request(std::string body) {
        Draft draft;
        draft.at = {10, 2000};
        draft.connection = 3;
        Request request;
        request.peer = "anthropic";
        request.protocol = "http/1.1";
        request.method = "POST";
        request.target = "/v1/messages";
        request.head = draft.attach("POST /v1/messages HTTP/1.1\r\nx-api-key: " + secret + "\r\n\r\n");
        request.body = draft.attach(std::move(body));
        draft.body = std::move(request);
        return journal->append(std::move(draft));
    }

    Appended response(Seq request, std::string body, StreamId close = 0) {
        Draft draft;
        draft.at = {20, 2010};
        draft.connection = 3;
        draft.cause = request;
        Response response;
        response.peer = "anthropic";
        response.protocol = "http/1.1";
        response.status = 200;
        response.media_type = "application/json";
        response.chunk_bytes = {body.size()};
        response.chunk_ms = {10};
        response.body = draft.attach(std::move(body));
        draft.body = std::move(response);
        return journal->append(std::move(draft), close);
    }

    bool leaks() const {
        for (const auto& event : log.events)
            if (to_json(event).find(secret) != std::string::npos) return true;
        for (const auto& [digest, bytes] : log.payloads)
            if (bytes.find(secret) != std::string::npos) return true;
        return log.summary.name.find(secret) != std::string::npos;
    }
};

std::string question() {
    return R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"say )" + secret + "\"}]}";
}

std::string answer() {
    return R"({"id":"msg_1","type":"message","role":"assistant","model":"m-1",)"
           R"("content":[{"type":"text","text":"it is )" +
           secret +
           R"("},{"type":"tool_use","id":"t1","name":"bash","input":{"command":"ls"}}],)"
           R"("stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":4}})";
}

template <class Body>
const Event* first(const test::MemoryLog& log) {
    for (const auto& event : log.events)
        if (std::holds_alternative<Body>(event.body)) return &event;
    return nullptr;
}

}  // namespace

TEST_CASE("core/event_sink: a draft takes bytes along and cites them by their digest") {
    Draft draft;
    const auto payload = draft.attach("bytes");
    CHECK(payload == Payload{sha256("bytes"), 5});
    CHECK(draft.payloads == std::vector<std::string>{"bytes"});
}

TEST_CASE("core/journal: events get dense seqs, and what they were given otherwise") {
    Desk desk;
    Draft draft;
    draft.at = {7, 1007};
    draft.actor = "sub-1";
    draft.connection = 4;
    draft.cause = Seq{0};
    draft.fidelity = Fidelity::lossy;
    draft.body = Note{"two"};
    CHECK(desk.note("one").seq == Seq{0});
    const auto appended = desk.journal->append(std::move(draft));
    CHECK(appended.seq == Seq{1});
    CHECK(appended.ticket == 2);
    const Event& event = desk.log.events.at(1);
    CHECK(event.mono_us == 7);
    CHECK(event.wall_ms == 1007);
    CHECK(event.actor == "sub-1");
    CHECK(event.connection == 4);
    CHECK(event.cause == Seq{0});
    CHECK(event.fidelity == Fidelity::lossy);
    CHECK((event.body == EventBody(Note{"two"})));
}

TEST_CASE("core/journal: what a wire event meant follows it, at its time and place") {
    Desk desk;
    const auto request = desk.request(question());
    const auto* call = first<ModelCall>(desk.log);
    REQUIRE(call != nullptr);
    CHECK(call->seq > request.seq);
    CHECK(call->mono_us == 10);
    CHECK(call->wall_ms == 2000);
    CHECK(call->connection == 3);
    CHECK(call->step == Step{1});
    CHECK(request.ticket == desk.log.events.size());
    CHECK(desk.log.events.at(request.seq.value).step == Step{1});

    const auto response = desk.response(request.seq, answer());
    CHECK(response.seq.value < desk.log.events.size());
    CHECK(response.ticket == desk.log.events.size());
    const auto* result = first<ModelResult>(desk.log);
    REQUIRE(result != nullptr);
    CHECK(result->cause == response.seq);
    REQUIRE(first<ToolCall>(desk.log) != nullptr);
    for (std::size_t i = 0; i < desk.log.events.size(); ++i)
        CHECK(desk.log.events[i].seq.value == i);
}

TEST_CASE("core/journal: a wire event and what it meant reach the log in one piece") {
    Desk desk;
    const auto request = desk.request(question());
    desk.response(request.seq, answer());
    CHECK(desk.log.appended_together.size() == 2);
    CHECK(desk.log.appended_together.back() == 3);  // The response, its model result, its tool call.
}

TEST_CASE("core/journal: no secret passes, and parsed events cite what is left") {
    Desk desk;
    const auto request = desk.request(question());
    desk.response(request.seq, answer());
    desk.journal->put("a file with " + secret);
    desk.journal->spool(1, request.seq, "piece " + secret);
    CHECK_FALSE(desk.leaks());
    CHECK(desk.log.open_streams.at(1).find(secret) == std::string::npos);

    const auto source = desk.log.source();
    std::size_t slices = 0;
    for (auto event : desk.log.events)
        if (auto* result = std::get_if<ModelResult>(&event.body); result != nullptr && result->text) {
            const auto text = fetch(*source, *result->text);
            REQUIRE(text.has_value());
            CHECK(text->starts_with("it is [stet:registered:"));
            ++slices;
        }
    CHECK(slices == 1);
    for (auto event : desk.log.events)
        for_each_payload(event.body, [&](Payload& payload) {
            CHECK(desk.log.payloads.at(payload.digest).size() == payload.size);
        });
}

TEST_CASE("core/journal: a log without protocol events is given the same ones again") {
    Desk desk;
    const auto request = desk.request(question());
    desk.response(request.seq, answer());
    const auto source = desk.log.source();
    const auto fetch_any = [&](const Digest& digest) { return source->payload(digest); };
    ProtocolReader reader;
    std::vector<Event> again;
    for (Event event : desk.log.events) {
        reader.place(event, fetch_any);
        if (is_protocol(event.body)) continue;
        again.push_back(event);
        const Seq next{event.seq.value + 1};
        for (auto& parsed : reader.read(event, next, fetch_any)) {
            Event meant = event;
            meant.seq = Seq{again.back().seq.value + 1};
            meant.body = parsed.body;
            meant.cause = parsed.cause;
            meant.step = parsed.step;
            meant.actor = parsed.actor;
            meant.fidelity = parsed.fidelity;
            again.push_back(meant);
        }
    }
    CHECK((again == desk.log.events));
}

TEST_CASE("core/journal: pieces of an answer are redacted across their borders, and dropped at its end") {
    Desk desk;
    const auto request = desk.request(question());
    desk.journal->spool(1, request.seq, "ab secret-01");
    desk.journal->spool(2, request.seq, "other");
    CHECK(desk.log.open_streams.at(1) == "ab ");
    desk.journal->spool(1, request.seq, "23456789 cd");
    CHECK(desk.log.open_streams.at(1).starts_with("ab [stet:registered:"));
    CHECK(desk.log.open_streams.at(1).ends_with("] cd"));
    desk.response(request.seq, answer(), 1);
    CHECK(desk.log.open_streams.size() == 1);
    CHECK(desk.log.open_streams.contains(2));
}

TEST_CASE("core/journal: sealing says what was redacted, each place once") {
    Desk desk;
    const auto request = desk.request(question());
    desk.journal->spool(1, request.seq, secret);
    desk.response(request.seq, answer(), 1);
    const auto root = desk.journal->seal({99, 3000});
    CHECK(root == desk.log.summary.root);
    CHECK(desk.log.summary.standing == Standing::sealed);
    const Event& last = desk.log.events.back();
    CHECK(last.mono_us == 99);
    CHECK(last.wall_ms == 3000);
    // The name, the head's field, the question and the answer.
    CHECK((last.body == EventBody(RedactionMade{"registered", 4})));
}

TEST_CASE("core/journal: a log without secrets is sealed without a word about them") {
    Desk desk;
    desk.redactor.take_counts();
    desk.note("clean");
    static_cast<void>(desk.journal->seal({1, 2}));
    CHECK(desk.log.events.size() == 1);
}

TEST_CASE("core/journal: bytes that are kept are named by what is left of them") {
    Desk desk;
    const auto payload = desk.journal->put("x " + secret);
    CHECK(desk.log.payloads.at(payload.digest).starts_with("x [stet:registered:"));
    CHECK(desk.log.payloads.at(payload.digest).size() == payload.size);
}

TEST_CASE("core/journal: news of durability is passed on") {
    Desk desk;
    bool durable = false;
    desk.journal->when_durable(desk.note("x").ticket, [&](bool well) { durable = well; });
    CHECK(durable);
}

TEST_CASE("core/journal: output that comes in pieces is redacted across their borders") {
    Desk desk;
    const auto say = [&](std::string bytes, bool last) {
        Draft draft;
        draft.body = ProcessOutput{"server", "stderr", draft.attach(std::move(bytes))};
        draft.piece = Piece{1, last};
        desk.journal->append(std::move(draft));
    };
    say("ab secret-01", false);
    say("23456789 cd secr", false);
    say("", true);
    std::vector<std::string> outputs;
    for (const auto& event : desk.log.events)
        outputs.push_back(desk.log.payloads.at(std::get<ProcessOutput>(event.body).bytes.digest));
    REQUIRE(outputs.size() == 3);
    CHECK(outputs[0] == "ab ");
    CHECK(outputs[1].starts_with("[stet:registered:"));
    CHECK(outputs[1].ends_with("] cd "));
    CHECK(outputs[2] == "secr");
    say("clean\n", false);
    say("", true);
    CHECK(desk.log.events.size() == 4);
}

TEST_CASE("core/journal: a gap's pieces lose credentials whose field the border cuts") {
    const std::string raw = "HTTP/1.1 200 OK\r\nSet-Cookie: session=0123456789abcdef\r\nA: b\r\n\r\nbody";
    for (std::size_t cut = 0; cut <= raw.size(); ++cut) {
        CAPTURE(cut);
        Desk desk;
        for (const bool last : {false, true}) {
            Draft draft;
            Gap gap{"no HTTP", "answer", 1, {}};
            gap.raw = draft.attach(last ? raw.substr(cut) : raw.substr(0, cut));
            draft.body = gap;
            draft.piece = Piece{7, last};
            desk.journal->append(std::move(draft));
        }
        std::string joined;
        for (const auto& event : desk.log.events) {
            const auto& gap = std::get<Gap>(event.body);
            if (gap.raw) joined += desk.log.payloads.at(gap.raw->digest);
        }
        CHECK(joined.starts_with("HTTP/1.1 200 OK\r\nSet-Cookie: [stet:set-cookie:"));
        CHECK(joined.ends_with("]\r\nA: b\r\n\r\nbody"));
    }
}

TEST_CASE("core/journal: a body that cannot be searched leaves a gap with its size") {
    Desk desk;
    const auto request = desk.request(question());
    Draft draft;
    draft.cause = request.seq;
    Response response;
    response.protocol = "http/1.1";
    response.status = 200;
    response.content_coding = "rot13";
    response.body = draft.attach("frperg");
    draft.body = std::move(response);
    const auto appended = desk.journal->append(std::move(draft));
    CHECK(appended.ticket == desk.log.events.size());
    const Event& last = desk.log.events.back();
    CHECK(last.cause == appended.seq);
    const auto& gap = std::get<Gap>(last.body);
    CHECK(gap.place == "response body");
    CHECK(gap.bytes == 6);
    CHECK_FALSE(gap.raw.has_value());
    CHECK(gap.reason.find("rot13") != std::string::npos);
    for (const auto& [digest, bytes] : desk.log.payloads)
        CHECK(bytes.find("frperg") == std::string::npos);
}

}  // namespace stet

#include "tests/storage/survivor.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/event_codec.hpp>
#include <stet/journal.hpp>
#include <stet/wire/protocol.hpp>

#include <doctest/doctest.h>

using namespace stet;
using namespace stet::test;

namespace {

constexpr std::string_view question =
    R"({"model":"m","stream":true,"max_tokens":5,"messages":[{"role":"user","content":"list it"}]})";
constexpr std::string_view answer =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"m-1",)"
    R"("content":[{"type":"text","text":"now"},{"type":"tool_use","id":"t1","name":"bash","input":{}}],)"
    R"("stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":4}})";

Seq ask(EventSink& sink) {
    Draft draft;
    draft.connection = 1;
    Request request{.peer = "anthropic", .protocol = "http/1.1", .method = "POST", .target = "/v1/messages"};
    request.body = draft.attach(std::string(question));
    draft.body = std::move(request);
    return sink.append(std::move(draft)).seq;
}

void give(EventSink& sink, Seq request) {
    Draft draft;
    draft.connection = 1;
    draft.cause = request;
    Response response{.peer = "anthropic", .protocol = "http/1.1", .status = 200};
    response.media_type = "application/json";
    response.body = draft.attach(std::string(answer));
    draft.body = std::move(response);
    sink.append(std::move(draft));
}

// What a recorder leaves that dies after so many events.
void record_first(const MemoryLog& whole, std::size_t count, const std::filesystem::path& path) {
    const auto log = LogWriter::create(path);
    Redactor redactor("a key of sixteen");
    log->begin(whole.summary.id, "a run", 1);
    for (std::size_t at = 0; at < count; ++at) {
        Event event = whole.events[at];
        std::vector<std::string> payloads;
        for_each_payload(event.body,
                         [&](Payload& one) { payloads.push_back(whole.payloads.at(one.digest)); });
        log->append(whole.summary.id, {redactor.redact(event, std::move(payloads))}, 0);
    }
}

}  // namespace

TEST_CASE("storage/crash: whatever was acknowledged before a kill -9 is in the log") {
    Ticket acknowledged = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        const TempDir dir;
        const Killed killed = kill_once(dir / "a.stet", seed, Durability::process);
        CHECK(killed.problem == "");
        acknowledged += killed.acknowledged;
    }
    CHECK(acknowledged > 100);  // Otherwise nothing was proved.
}

TEST_CASE("storage/crash: the check of survivors finds what is lost") {
    const TempDir dir;
    auto log = LogWriter::create(dir / "a.stet");
    Script script(*log, 5);
    Ticket last = 0;
    while (script.open_streams().empty() || last < 60)
        last = script.step();
    log.reset();
    CHECK(check_survivor(dir / "a.stet", 5, last) == "");
    CHECK(check_survivor(dir / "a.stet", 5, last + 40).starts_with("lost: "));
    CHECK(check_survivor(dir / "a.stet", 6, last) != "");
    shell(dir / "a.stet", "DELETE FROM piece");
    CHECK(check_survivor(dir / "a.stet", 5, last).starts_with("lost: the pieces of stream"));
}

TEST_CASE("storage/crash: an answer that was coming in is reconstructed, and marked as such") {
    const TempDir dir;
    auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    Draw draw(1);
    recording.note("before");
    recording.add(draw.body(2));
    const Seq asked = recording.events.back().seq;
    recording.spool(4, asked, "data: one\n\n");
    recording.spool(9, asked, "data: other\n\n");
    recording.spool(4, asked, "data: two\n\n");
    recording.spool(7, asked, "data: this one ended\n\n");
    recording.add({Response{}, {}}, 7);
    log.reset();  // Not sealed.

    const Log torn = Log::open(dir / "a.stet");
    CHECK(torn.fsck().empty());
    CHECK(torn.list()[0].standing == Standing::torn);
    CHECK(torn.list()[0].events == 3);
    const auto source = torn.source(recording.id);
    const auto events = read_all(*source);
    REQUIRE(events.size() == 7);
    CHECK(std::equal(recording.events.begin(), recording.events.end(), events.begin()));
    const Request& request = std::get<Request>(recording.events[1].body);
    for (const std::size_t at : {3u, 5u}) {
        CAPTURE(at);
        const Response& response = std::get<Response>(events[at].body);
        const Gap& gap = std::get<Gap>(events[at + 1].body);
        CHECK(events[at].seq == Seq{static_cast<std::uint32_t>(at)});
        CHECK(events[at].cause == asked);
        CHECK(events[at].fidelity == Fidelity::reconstructed);
        CHECK(events[at].step == recording.events[1].step);
        CHECK(events[at].wall_ms == recording.events.back().wall_ms);
        CHECK_FALSE(response.complete);
        CHECK(response.peer == request.peer);
        CHECK(response.protocol == request.protocol);
        const std::string bytes = at == 3 ? "data: one\n\ndata: two\n\n" : "data: other\n\n";
        CHECK(response.body == Payload{sha256(bytes), bytes.size()});
        CHECK(*source->payload(sha256(bytes)) == bytes);
        CHECK(events[at + 1].cause == events[at].seq);
        CHECK(gap.place == (at == 3 ? "stream 4" : "stream 9"));
    }
    source->seek(Seq{5});
    CHECK(source->next() == events[5]);
}

TEST_CASE("storage/crash: the pieces of an answer are dropped with the event that holds it") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    recording.note("asked");
    recording.spool(1, Seq{0}, "a piece");
    log->flush();
    CHECK(shell(dir / "a.stet", "SELECT count(*) FROM piece") == "1");
    recording.add({Response{}, {}}, 1);
    log->flush();
    CHECK(shell(dir / "a.stet", "SELECT count(*) FROM piece") == "0");
}

TEST_CASE("storage/crash: what a wire event meant is read again where it is missing behind it") {
    Redactor redactor("a key of sixteen");
    MemoryLog whole;
    {
        Journal journal(trajectory_id(1), "a run", 1, redactor, whole);
        give(journal, ask(journal));
    }
    REQUIRE(whole.events.size() == 6);  // request, model call, message; response, model result, tool call
    for (std::size_t count = 1; count <= whole.events.size(); ++count) {
        CAPTURE(count);
        const TempDir dir;
        record_first(whole, count, dir / "a.stet");
        const Log torn = Log::open(dir / "a.stet");
        CHECK(torn.list()[0].events == count);
        CHECK(torn.fsck().empty());
        const auto source = torn.source(whole.summary.id);
        auto expected = whole.events;
        expected.resize(count <= 3 ? 3 : 6);
        CHECK((read_all(*source) == expected));
        for (auto& event : expected)
            for_each_payload(event.body,
                             [&](Payload& one) { CHECK(source->payload(one.digest).has_value()); });
    }
}

TEST_CASE("storage/crash: of an answer that was coming in stands what it had said, read like any other") {
    const TempDir dir;
    const auto id = trajectory_id(1);
    Redactor redactor("a key of sixteen");
    {
        const auto log = LogWriter::create(dir / "a.stet");
        Journal journal(id, "a run", 1, redactor, *log);
        const Seq asked = ask(journal);
        journal.spool(1, asked,
                      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
                      "\"model\":\"m-1\",\"usage\":{\"input_tokens\":3}}}\n\n");
        journal.spool(1, asked,
                      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                      "\"delta\":{\"type\":\"text_delta\",\"text\":\"I will lo\"}}\n\nevent: con");
    }
    const Log torn = Log::open(dir / "a.stet");
    const auto source = torn.source(id);
    const auto events = read_all(*source);
    REQUIRE(events.size() == 6);  // request, model call, message; response, model result, gap
    const auto& result = std::get<ModelResult>(events[4].body);
    CHECK_FALSE(result.complete);
    CHECK(result.model == "m-1");
    REQUIRE(result.text.has_value());
    CHECK(*fetch(*source, *result.text) == "I will lo");
    CHECK(events[4].cause == events[3].seq);
    CHECK(std::holds_alternative<Gap>(events[5].body));
    for (std::size_t at = 0; at < events.size(); ++at)
        CHECK(events[at].seq.value == at);
    // Whoever reads the protocol again finds the same.
    ProtocolRebuilder again([&](const Digest& digest) { return source->payload(digest); });
    for (std::size_t at = 0; at < 4; ++at)
        again.see(events[at]);
    const auto meant = again.take_missing();
    REQUIRE(meant.size() == 1);
    CHECK((meant[0].event == events[4]));
}

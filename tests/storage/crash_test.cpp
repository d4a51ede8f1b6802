#include "tests/storage/survivor.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace stet;
using namespace stet::test;

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
    CHECK(torn.list()[0].events == 7);
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

#include "tests/storage/recording.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/event_codec.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace stet;
using namespace stet::test;

namespace {

void check_same(const Log& log, const Recording& recording) {
    const auto source = log.source(recording.id);
    const auto events = read_all(*source);
    REQUIRE(events.size() == recording.events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        CAPTURE(i);
        CHECK(events[i] == recording.events[i]);
    }
    for (const auto& [digest, bytes] : recording.payloads) {
        const auto read = source->payload(digest);
        REQUIRE(read.has_value());
        CHECK(*read == bytes);
    }
}

}  // namespace

TEST_CASE("storage/round trip: every kind of event comes back as it was written") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1), "every kind");
    Draw draw(1);
    for (std::size_t kind = 0; kind < std::variant_size_v<EventBody>; ++kind)
        recording.add(draw.body(kind));
    const Digest root = recording.seal();

    const Log read = Log::open(path);
    const auto list = read.list();
    REQUIRE(list.size() == 1);
    CHECK(list[0].id == recording.id);
    CHECK(list[0].name == "every kind");
    CHECK(list[0].standing == Standing::sealed);
    CHECK(list[0].root == root);
    CHECK(list[0].events == std::variant_size_v<EventBody>);
    CHECK(list[0].begun_wall_ms == 1'700'000'000'000);
    CHECK(list[0].ended_wall_ms == recording.events.back().wall_ms);
    check_same(read, recording);
    CHECK(read.fsck().empty());
}

TEST_CASE("storage/round trip: what was drawn at random comes back, in commits of any size") {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        const TempDir dir;
        const auto path = dir / "a.stet";
        Draw draw(seed);
        const auto log =
            LogWriter::create(path, {.queue_bytes_max = 100'000, .queue_items_max = 1 + draw.below(50)});
        Recording first(*log, trajectory_id(1));
        Recording second(*log, trajectory_id(2));
        const std::size_t count = draw.below(120);
        for (std::size_t i = 0; i < count; ++i) {
            (draw.below(3) == 0 ? second : first).add(draw.any());
            if (draw.below(8) == 0) log->flush();
        }
        first.seal();
        second.seal();
        const Log read = Log::open(path);
        check_same(read, first);
        check_same(read, second);
        CHECK(read.fsck().empty());
    }
}

TEST_CASE("storage/round trip: a source can go to any seq, and goes on from there") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    for (int i = 0; i < 700; ++i) {
        recording.note("note " + std::to_string(i));
        if (i % 90 == 0) log->flush();
    }
    recording.seal();
    const Log read = Log::open(path);
    const auto source = read.source(recording.id);
    for (const std::uint32_t seq : {0u, 1u, 699u, 90u, 91u, 500u, 0u}) {
        CAPTURE(seq);
        source->seek(Seq{seq});
        CHECK(source->next() == recording.events[seq]);
        source->seek(Seq{seq});
        CHECK(read_all(*source).size() == 700 - seq);
    }
    source->seek(Seq{700});
    CHECK_FALSE(source->next());
}

TEST_CASE("storage/round trip: the same bytes are stored once, and small where zstd makes them smaller") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    const std::string text(100'000, 'x');
    for (int i = 0; i < 20; ++i) {
        recording.add({ProcessOutput{"agent", "stderr", {sha256(text), text.size()}}, {text}});
    }
    recording.add({ProcessOutput{"agent", "stderr", {sha256("short"), 5}}, {"short"}});
    recording.seal();
    CHECK(shell(path, "SELECT count(*) FROM payload") == "2");
    CHECK(shell(path, "SELECT codec FROM payload WHERE size = 100000") == "1");
    CHECK(shell(path, "SELECT codec FROM payload WHERE size = 5") == "0");
    CHECK(std::filesystem::file_size(path) < 100'000);
}

TEST_CASE("storage/round trip: bytes that were put are found by their digest") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    const Redactor redactor("a key of sixteen");
    log->put(redactor.redact("a file's content"));
    recording.note("one event");
    recording.seal();
    const Log read = Log::open(dir / "a.stet");
    const auto source = read.source(recording.id);
    CHECK(*source->payload(sha256("a file's content")) == "a file's content");
    const auto missing = source->payload(sha256("never there"));
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().what.find("is not in the log") != std::string::npos);
}

TEST_CASE("storage/round trip: chain values, root and links are those of docs/file-format.md") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    recording.note("one");
    recording.note("two");
    const Digest root = recording.seal();

    const std::string id = to_string(recording.id);
    Digest value = sha256("stet chain 1\n" + id);
    for (const Event& event : recording.events)
        value = chain_next(value, chain_record(event, encode_body(event.body), {}));
    const auto raw = [](const Digest& digest) {
        return std::string_view(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    };
    CHECK(root == Hasher().update("stet root 1\n" + id + "\n2\n").update(raw(value)).finish());
    CHECK(shell(path, "SELECT lower(hex(value)) FROM chain WHERE seq = 1") == to_hex(value));
    CHECK(shell(path, "SELECT lower(hex(link)) FROM event WHERE seq = 1") == to_hex(value).substr(0, 16));
    CHECK(shell(path, "SELECT lower(hex(root)) FROM trajectory") == to_hex(root));
}

TEST_CASE("storage/round trip: the file has the form that docs/file-format.md says") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    recording.note("one");
    log->flush();
    CHECK(std::filesystem::exists(dir / "a.stet-wal"));
    recording.seal();
    CHECK_FALSE(std::filesystem::exists(dir / "a.stet-wal"));
    CHECK_FALSE(std::filesystem::exists(dir / "a.stet-shm"));
    log.reset();
    const std::string bytes = read_file(path);
    CHECK(bytes.substr(0, 16) == std::string("SQLite format 3\0", 16));
    CHECK(bytes.substr(68, 4) == "stet");
    CHECK(bytes.substr(60, 4) == std::string("\0\0\0\1", 4));
    CHECK(bytes.substr(16, 2) == std::string("\x10\0", 2));  // 4096
    CHECK(bytes[20] == 8);
    struct stat facts {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    // Reading leaves nothing behind.
    { CHECK(Log::open(path).fsck().empty()); }
    CHECK_FALSE(std::filesystem::exists(dir / "a.stet-wal"));
    CHECK(read_file(path) == bytes);
}

TEST_CASE("storage/round trip: docs/file-format.md has the text of every table") {
    const TempDir dir;
    { LogWriter::create(dir / "a.stet")->begin(trajectory_id(1), "", 0); }
    const std::string document = read_file(STET_FILE_FORMAT);
    for (const char* table : {"addendum", "chain", "event", "payload", "piece", "reading", "trajectory"}) {
        CAPTURE(table);
        const std::string sql = "SELECT sql FROM sqlite_schema WHERE name = '" + std::string(table) + "'";
        const std::string text = shell(dir / "a.stet", sql);
        REQUIRE_FALSE(text.empty());
        CHECK(document.find("\n    " + text + "\n") != std::string::npos);
    }
    CHECK(shell(dir / "a.stet", "SELECT count(*) FROM sqlite_schema WHERE type = 'table'") == "7");
}

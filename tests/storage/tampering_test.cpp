#include "tests/storage/recording.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/event_codec.hpp>

#include <doctest/doctest.h>

using namespace stet;
using namespace stet::test;

namespace {

// Twelve events, committed up to 3, 7 and 11 (and maybe in between); events 1, 5 and 9 cite a payload. Two
// addenda.
void record_sealed(const std::filesystem::path& path, const TrajectoryId& id) {
    const auto log = LogWriter::create(path);
    Recording recording(*log, id);
    for (int i = 0; i < 12; ++i) {
        const std::string bytes = std::string(100, 'p') + std::to_string(i);
        if (i % 4 == 1) {
            recording.add({ProcessOutput{"agent", "stderr", {sha256(bytes), bytes.size()}}, {bytes}});
        } else {
            recording.note("note " + std::to_string(i));
        }
        if (i % 4 == 3) log->flush();
    }
    recording.seal();
    Log open = Log::open(path);
    open.add(id, "verdict", 5, text(R"({"outcome":"pass"})"));
    open.add(id, "label", 6, text(R"({"good":true})"));
    REQUIRE(open.fsck().empty());
}

// A copy of it, to be tampered with.
struct Sealed {
    TempDir dir;
    std::filesystem::path path = dir / "a.stet";
    TrajectoryId id = trajectory_id(1);

    Sealed() {
        static const std::string bytes = [this] {
            record_sealed(path, id);
            return read_file(path);
        }();
        write_file(path, bytes);
    }
};

// The first flaw: "SEQ what", or "- what" for one without a seq.
std::string first_flaw(const std::filesystem::path& path) {
    const auto flaws = Log::open(path).fsck();
    if (flaws.empty()) return {};
    return (flaws[0].seq ? std::to_string(flaws[0].seq->value) : "-") + " " + flaws[0].what;
}

// What `verify` throws.
std::string refusal(const Sealed& sealed) {
    const Log log = Log::open(sealed.path);
    return trouble_of([&] { log.source(sealed.id)->verify(); });
}

struct Row {
    const char* name;
    const char* sql;
    const char* flaw;  // How the first flaw begins.
};

void check_row(const Row& row) {
    CAPTURE(row.name);
    const Sealed sealed;
    shell(sealed.path, row.sql);
    const std::string flaw = first_flaw(sealed.path);
    CAPTURE(flaw);
    CHECK(flaw.starts_with(row.flaw));
    // What anybody asks who is about to rely on the log.
    const std::string refused = refusal(sealed);
    CAPTURE(refused);
    CHECK(refused.find(flaw.substr(flaw.find(' ') + 1)) != std::string::npos);
}

}  // namespace

TEST_CASE("storage/tampering: fsck names the first event that is not as it was written") {
    for (const Row& row : {
             Row{"body", "UPDATE event SET body = replace(body, 'note 6', 'note X') WHERE seq = 6",
                 "6 event 6: altered"},
             Row{"kind", "UPDATE event SET kind = 'gap' WHERE seq = 0", "0 event 0: altered"},
             Row{"time", "UPDATE event SET wall_ms = wall_ms + 1 WHERE seq = 11", "11 event 11: altered"},
             Row{"cause", "UPDATE event SET cause = NULL WHERE seq = 3", "3 event 3: altered"},
             Row{"actor", "UPDATE event SET actor = 'sub' WHERE seq = 4", "4 event 4: altered"},
             Row{"link", "UPDATE event SET link = x'0000000000000000' WHERE seq = 8", "8 event 8: altered"},
             Row{"types", "UPDATE event SET step = 'four' WHERE seq = 4", "4 event 4: its row is damaged"},
             Row{"payload ids", "UPDATE event SET payloads = '[1' WHERE seq = 5",
                 "5 event 5: its list of payloads"},
             Row{"other payload", "UPDATE event SET payloads = '[1]' WHERE seq = 5", "5 event 5: altered"},
             Row{"lost payload", "DELETE FROM payload WHERE id = 2", "5 event 5: cites payload 2"},
             Row{"payload data",
                 "UPDATE payload SET data = substr(data, 1, length(data) - 1) || 'Q' WHERE id = 2",
                 "5 event 5: payload 2:"},
             Row{"payload bit", "UPDATE payload SET data = x'00' || substr(data, 2) WHERE id = 2",
                 "5 event 5: payload 2:"},
             Row{"payload cut", "UPDATE payload SET data = substr(data, 1, length(data) - 1) WHERE id = 2",
                 "5 event 5: payload 2:"},
             Row{"payload as text", "UPDATE payload SET data = CAST(data AS TEXT) WHERE id = 2",
                 "5 event 5: payload 2: was altered"},
             Row{"payload data gone", "UPDATE payload SET data = NULL WHERE id = 2",
                 "5 event 5: cites payload 2, which is not there or damaged"},
             Row{"payload digest gone", "UPDATE payload SET digest = NULL WHERE id = 2",
                 "5 event 5: cites payload 2, which is not there or damaged"},
             Row{"payload salt gone", "UPDATE payload SET salt = NULL WHERE id = 2",
                 "5 event 5: cites payload 2, which is not there or damaged"},
             Row{"payload size", "UPDATE payload SET size = size + 1 WHERE id = 3", "9 event 9: altered"},
             Row{"payload codec", "UPDATE payload SET codec = 1 - codec WHERE id = 1",
                 "1 event 1: payload 1:"},
             Row{"payload salt", "UPDATE payload SET salt = zeroblob(16) WHERE id = 1",
                 "1 event 1: payload 1: was altered"},
             Row{"commitment", "UPDATE payload SET commitment = zeroblob(32) WHERE id = 2",
                 "5 event 5: altered"},
             Row{"digest", "UPDATE payload SET digest = zeroblob(32) WHERE id = 2",
                 "5 event 5: payload 2: was altered"},
             Row{"swapped",
                 "UPDATE event SET seq = 100 WHERE seq = 6; UPDATE event SET seq = 6 WHERE seq = 7;"
                 "UPDATE event SET seq = 7 WHERE seq = 100",
                 "6 event 6: altered"},
         }) {
        check_row(row);
    }
}

TEST_CASE("storage/tampering: fsck names what is missing, and what does not fit the seal") {
    for (const Row& row : {
             Row{"deleted", "DELETE FROM event WHERE seq = 5", "5 event 5: missing"},
             Row{"deleted first", "DELETE FROM event WHERE seq < 2", "0 events 0 to 1: missing"},
             Row{"last one cut off", "DELETE FROM event WHERE seq = 11",
                 "11 event 11: missing, though the chain goes on"},
             Row{"commit cut off", "DELETE FROM event WHERE seq > 7; DELETE FROM chain WHERE seq > 7",
                 "8 sealed with 12 events, but there are 8"},
             Row{"cut off and counted",
                 "DELETE FROM event WHERE seq > 7; DELETE FROM chain WHERE seq > 7; UPDATE trajectory SET "
                 "events = 8",
                 "- the root does not match"},
             Row{"chain value gone", "DELETE FROM chain WHERE seq = 11", "12 event 12: missing, the commit"},
             Row{"root", "UPDATE trajectory SET root = zeroblob(32)", "- the root does not match"},
             Row{"count", "UPDATE trajectory SET events = 13", "12 sealed with 13 events, but there are 12"},
             Row{"end", "UPDATE trajectory SET ended_wall_ms = 1", "- its end is not the time"},
             Row{"standing", "UPDATE trajectory SET standing = 0", "- its standing was altered"},
             Row{"other standing", "UPDATE trajectory SET standing = 2", "- its standing was altered"},
             Row{"unsealed", "UPDATE trajectory SET standing = 0, root = NULL", "- its standing was altered"},
             Row{"unsealed all over",
                 "UPDATE trajectory SET standing = 0, root = NULL, events = 0, ended_wall_ms = begun_wall_ms",
                 "- has addenda"},
             Row{"addendum", "UPDATE addendum SET body = '{\"outcome\":\"fail\"}' WHERE number = 0",
                 "- addendum 0: altered"},
             Row{"addendum kind", "UPDATE addendum SET kind = 'x' WHERE number = 1", "- addendum 1: altered"},
             Row{"addendum gone", "DELETE FROM addendum WHERE number = 0",
                 "- addendum 0: altered or missing"},
         }) {
        check_row(row);
    }
    const Sealed sealed;
    shell(sealed.path, "DELETE FROM trajectory");
    CHECK(first_flaw(sealed.path) == "- table event: holds rows of trajectory 1, which is not there");
}

TEST_CASE("storage/tampering: an altered chain value is told with the commit that it stands for") {
    const Sealed sealed;
    shell(sealed.path, "UPDATE chain SET value = zeroblob(32) WHERE seq = 7");
    const auto flaws = Log::open(sealed.path).fsck();
    REQUIRE_FALSE(flaws.empty());
    CHECK(flaws[0].what.ends_with("7: altered, or the chain value after 7 was"));
    REQUIRE(flaws[0].seq);
    CHECK(*flaws[0].seq >= Seq{4});
    CHECK(*flaws[0].seq <= Seq{7});
    CHECK(refusal(sealed).find(flaws[0].what) != std::string::npos);
}

TEST_CASE("storage/tampering: fsck goes on behind a flaw, and finds the next one") {
    const Sealed sealed;
    shell(sealed.path, "UPDATE event SET step = 9 WHERE seq IN (2, 3, 6); DELETE FROM event WHERE seq = 10");
    std::vector<std::uint32_t> seqs;
    for (const Flaw& flaw : Log::open(sealed.path).fsck()) {
        CHECK(flaw.trajectory == sealed.id);
        if (flaw.seq) seqs.push_back(flaw.seq->value);
    }
    CHECK(seqs == std::vector<std::uint32_t>{2, 6, 10});
}

TEST_CASE("storage/tampering: verifying leaves the cursor where it is") {
    const Sealed sealed;
    const Log log = Log::open(sealed.path);
    const auto source = log.source(sealed.id);
    CHECK(source->next()->seq == Seq{0});
    source->verify();
    CHECK(source->next()->seq == Seq{1});
}

TEST_CASE("storage/tampering: a source gives what verifies, then says what does not") {
    const Sealed sealed;
    shell(sealed.path, "UPDATE event SET step = 9 WHERE seq = 6");
    const Log log = Log::open(sealed.path);
    const auto source = log.source(sealed.id);
    for (std::uint32_t seq = 0; seq < 6; ++seq)
        CHECK(source->next()->seq == Seq{seq});
    const std::string line = trouble_of([&] { source->next(); });
    CAPTURE(line);
    CHECK(line.starts_with("read log " + sealed.path.string() + "#" + to_string(sealed.id) +
                           ": event 6: altered"));
    CHECK(trouble_of([&] { source->next(); }) == line);
    // The commit behind it verifies from its own stored beginning.
    source->seek(Seq{9});
    CHECK(source->next()->seq == Seq{9});
}

TEST_CASE("storage/tampering: a payload that was altered is Trouble, and no erased one") {
    const std::string bytes = std::string(100, 'p') + "5";
    const std::string other = "CAST('" + std::string(100, 'p') + "6' AS BLOB)";
    for (const std::string& sql : {"codec = 0, data = " + other, std::string("data = substr(data, 2)"),
                                   std::string("salt = zeroblob(16)"), std::string("data = NULL"),
                                   std::string("commitment = zeroblob(32)"), std::string("size = 7")}) {
        CAPTURE(sql);
        const Sealed sealed;
        shell(sealed.path, "UPDATE payload SET " + sql + " WHERE id = 2");
        const Log log = Log::open(sealed.path);
        const auto source = log.source(sealed.id);
        const std::string line = trouble_of([&] { static_cast<void>(source->payload(sha256(bytes))); });
        CAPTURE(line);
        CHECK(line.find(to_string(sha256(bytes))) != std::string::npos);
        CHECK(line.find("the log is damaged: `stet fsck`") != std::string::npos);
    }
}

TEST_CASE("storage/tampering: a payload that claims more than the limit is refused unread") {
    const Sealed sealed;
    shell(sealed.path, "UPDATE payload SET size = 1 << 40 WHERE id = 2");
    const Log log = Log::open(sealed.path);
    const std::string line = trouble_of(
        [&] { static_cast<void>(log.source(sealed.id)->payload(sha256(std::string(100, 'p') + "5"))); });
    CHECK(line.find("the limit is") != std::string::npos);
}

TEST_CASE("storage/tampering: what only a manifest names is verified, too") {
    TempDir dir;
    const auto path = dir / "a.stet";
    const auto id = trajectory_id(1);
    {
        const auto log = LogWriter::create(path);
        Recording recording(*log, id);
        Redactor redactor("a key of sixteen");
        log->put(redactor.redact(std::string("a file")));
        recording.note("one");
        recording.seal();
    }
    CHECK(trouble_of([&] { Log::open(path).source(id)->verify(); }).empty());
    shell(path, "UPDATE payload SET data = CAST('another' AS BLOB)");
    const std::string line = trouble_of([&] { Log::open(path).source(id)->verify(); });
    CHECK(line.find("payload 1: ") != std::string::npos);
}

TEST_CASE("storage/tampering: erasing a payload leaves the chain as it was") {
    const Sealed sealed;
    const std::string bytes = std::string(100, 'p') + "5";
    const Digest root = *Log::open(sealed.path).list()[0].root;
    shell(sealed.path, "UPDATE payload SET data = NULL, digest = NULL, salt = NULL WHERE id = 2");
    const Log log = Log::open(sealed.path);
    CHECK(log.fsck().empty());
    CHECK(log.list()[0].root == root);
    const auto source = log.source(sealed.id);
    const auto events = read_all(*source);
    REQUIRE(events.size() == 12);
    const Payload erased = std::get<ProcessOutput>(events[5].body).bytes;
    CHECK_FALSE(erased.digest);
    CHECK(erased.size == bytes.size());
    const auto read = source->payload(erased.digest);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().what.find("erased") != std::string::npos);
    CHECK_FALSE(source->payload(sha256(bytes)).has_value());
    CHECK(source->addenda().size() == 2);
    CHECK(trouble_of([&] { source->verify(); }).empty());
}

TEST_CASE("storage/tampering: whoever computes a new root has lost the addenda") {
    const Sealed sealed;
    shell(sealed.path, "UPDATE trajectory SET root = randomblob(32)");
    bool addenda_tell = false;
    for (const Flaw& flaw : Log::open(sealed.path).fsck())
        addenda_tell |= flaw.what.starts_with("addendum 0");
    CHECK(addenda_tell);
}

TEST_CASE("storage/tampering: no byte of a sealed log can be turned without a flaw, a Trouble or no effect") {
    const Sealed sealed;
    const std::string whole = read_file(sealed.path);
    const auto events = read_all(*Log::open(sealed.path).source(sealed.id));
    Draw draw(7);
    for (int i = 0; i < 200; ++i) {
        std::string bytes = whole;
        const std::size_t at = draw.below(bytes.size());
        CAPTURE(at);
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw.below(8)));
        write_file(sealed.path, bytes);
        bool told = false;
        std::vector<Event> read;
        told = !trouble_of([&] {
                    const Log log = Log::open(sealed.path);
                    told = !log.fsck().empty();
                    read = read_all(*log.source(sealed.id));
                }).empty() ||
               told;
        if (!told) CHECK(read == events);
    }
}

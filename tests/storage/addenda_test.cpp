#include "tests/storage/recording.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace stet;
using namespace stet::test;

namespace {

struct Sealed {
    TempDir dir;
    std::filesystem::path path = dir / "a.stet";
    TrajectoryId id = trajectory_id(1);
    Digest root;

    Sealed() {
        const auto log = LogWriter::create(path);
        Recording recording(*log, id);
        recording.note("one");
        root = recording.seal();
    }
};

// Dies in a transaction that has reached the file already.
void cut_off_transaction(const std::filesystem::path& path) {
    const pid_t child = fork();
    if (child == 0) {
        sqlite3* database = nullptr;
        sqlite3_open(path.c_str(), &database);
        sqlite3_exec(database,
                     "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE addendum SET body = 'x';"
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
                     " INSERT INTO addendum SELECT NULL, 7, i, 'note', 0, hex(zeroblob(3000)), x'00' FROM n",
                     nullptr, nullptr, nullptr);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
}

}  // namespace

TEST_CASE("storage/addenda: they are numbered, kept in order, and change nothing that was sealed") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    const auto source = log.source(sealed.id);
    const auto first = source->next();
    CHECK(log.add(sealed.id, "verdict", 10, text(R"({"outcome":"fail"})")) == 0);
    CHECK(log.add(sealed.id, "verdict", 20, text(R"({"outcome":"pass","line":"a\nb"})")) == 1);
    CHECK(Log::open(sealed.path).add(sealed.id, "label", 30, text("{}")) == 2);
    const std::vector<Addendum> expected{{0, "verdict", 10, R"({"outcome":"fail"})"},
                                         {1, "verdict", 20, R"({"outcome":"pass","line":"a\nb"})"},
                                         {2, "label", 30, "{}"}};
    CHECK(source->addenda() == expected);
    CHECK(log.list()[0].root == sealed.root);
    CHECK(log.list()[0].events == 1);
    CHECK_FALSE(source->next());
    source->seek(Seq{0});
    CHECK(source->next() == first);
    CHECK(log.fsck().empty());
    CHECK_FALSE(std::filesystem::exists(sealed.path.string() + "-journal"));
    CHECK_FALSE(std::filesystem::exists(sealed.path.string() + "-wal"));
}

TEST_CASE("storage/addenda: the value of each is that of docs/file-format.md") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    log.add(sealed.id, "reward", 1, text(R"({"a":1})"));
    log.add(sealed.id, "note", -2, text("{}"));
    const auto raw = [](const Digest& digest) {
        return std::string_view(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    };
    const Digest first = Hasher().update(raw(sealed.root)).update("0\nreward\n1\n{\"a\":1}").finish();
    const Digest second = Hasher().update(raw(first)).update("1\nnote\n-2\n{}").finish();
    CHECK(shell(sealed.path, "SELECT lower(hex(value)) FROM addendum WHERE number = 1") == to_hex(second));
}

TEST_CASE("storage/addenda: what cannot be added is refused in one line") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    struct Row {
        const char* kind;
        const char* body;
        const char* says;
    };
    for (const Row& row : {Row{"", "{}", "'' is no kind"}, Row{"two\nlines", "{}", "is no kind"},
                           Row{"note", "[]", "no JSON object"}, Row{"note", "{", "no JSON"}}) {
        const std::string line = trouble_of([&] { log.add(sealed.id, row.kind, 0, text(row.body)); });
        CAPTURE(line);
        CHECK(line.starts_with("add to log " + sealed.path.string()));
        CHECK(line.find(row.says) != std::string::npos);
    }
    const std::string line = trouble_of([&] { log.add(trajectory_id(9), "note", 0, text("{}")); });
    CHECK(line.find("it holds no trajectory " + to_string(trajectory_id(9))) != std::string::npos);
    CHECK(log.source(sealed.id)->addenda().empty());
}

TEST_CASE("storage/addenda: a log that is being recorded, or that is torn, takes none") {
    const TempDir dir;
    auto writer = LogWriter::create(dir / "a.stet");
    Recording recording(*writer, trajectory_id(1));
    recording.note("one");
    writer->flush();
    Log log = Log::open(dir / "a.stet");
    const std::string busy = trouble_of([&] { log.add(recording.id, "note", 0, text("{}")); });
    CHECK(busy.ends_with("it is being recorded; try again when the run has ended"));
    writer.reset();
    const std::string torn = trouble_of([&] { log.add(recording.id, "note", 0, text("{}")); });
    CHECK(torn.find("is not sealed; only what is complete can be added to") != std::string::npos);
}

TEST_CASE("storage/addenda: nothing is added behind an addendum that was altered") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    log.add(sealed.id, "note", 0, text("{}"));
    shell(sealed.path, "UPDATE addendum SET wall_ms = 1");
    CHECK(trouble_of([&] { log.add(sealed.id, "note", 0, text("{}")); }).find("addendum 0: altered") !=
          std::string::npos);
    CHECK(trouble_of([&] { log.source(sealed.id)->addenda(); }).find("addendum 0: altered") !=
          std::string::npos);
}

TEST_CASE("storage/readings: they are kept beside the log, and replaced") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    CHECK_FALSE(log.readings(sealed.id));
    Readings readings;
    readings.root = sealed.root;
    readings.failures = {{0, Seq{0}, Step{0}, "http_429", Fault::provider, "too many requests", {Seq{0}}}};
    log.store(sealed.id, readings);
    CHECK(log.readings(sealed.id) == readings);
    readings.failures[0].what = "read better";
    log.store(sealed.id, readings);
    CHECK(log.readings(sealed.id) == readings);
    CHECK(log.list()[0].root == sealed.root);
    shell(sealed.path, "UPDATE reading SET body = 'no JSON'");
    CHECK_FALSE(log.readings(sealed.id));
}

TEST_CASE(
    "storage/readings: those of another root are none, and fsck knows those that the events don't give") {
    const Sealed sealed;
    Log log = Log::open(sealed.path);
    const auto made = annotate(*log.source(sealed.id));
    CHECK(made.root == sealed.root);
    log.store(sealed.id, made);
    CHECK(log.readings(sealed.id) == made);
    CHECK(log.fsck().empty());

    auto invented = made;
    invented.failures = {{0, Seq{0}, Step{0}, "http_429", Fault::provider, "never was", {Seq{0}}}};
    log.store(sealed.id, invented);
    const auto flaws = log.fsck();
    REQUIRE(flaws.size() == 1);
    CHECK(flaws[0].what.starts_with("its stored readings are not what its events say"));
    // They carry nothing: whoever relies on the events may.
    CHECK(trouble_of([&] { log.source(sealed.id)->verify(); }).empty());

    auto borrowed = made;
    borrowed.root = sha256("another log");
    log.store(sealed.id, borrowed);
    CHECK_FALSE(log.readings(sealed.id));
}

TEST_CASE("storage/addenda: one that a crash cut off is rolled back by whoever opens the log next") {
    const Sealed sealed;
    Log::open(sealed.path).add(sealed.id, "note", 0, text("{}"));
    const std::string before = read_file(sealed.path);
    cut_off_transaction(sealed.path);
    REQUIRE(std::filesystem::exists(sealed.path.string() + "-journal"));
    REQUIRE(read_file(sealed.path) != before);
    const Log log = Log::open(sealed.path);
    CHECK(log.fsck().empty());
    CHECK(log.source(sealed.id)->addenda().size() == 1);
    CHECK(read_file(sealed.path) == before);
    CHECK_FALSE(std::filesystem::exists(sealed.path.string() + "-journal"));
}

TEST_CASE("storage/addenda: a journal that names another file is not rolled back") {
    const Sealed sealed;
    cut_off_transaction(sealed.path);
    const std::string journal = sealed.path.string() + "-journal";
    // The end of a journal that names a super-journal: SQLite's magic number.
    write_file(journal, read_file(journal) + "/tmp/victim\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
    const std::string line = trouble_of([&] { Log::open(sealed.path); });
    CHECK(line.ends_with("the -journal beside it is none of ours; do not trust these files"));
}

TEST_CASE("storage/addenda: many may add at once, each gets a number of its own") {
    const Sealed sealed;
    std::vector<std::uint32_t> numbers(12);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (std::size_t i = t; i < numbers.size(); i += 4) {
                    numbers[i] = Log::open(sealed.path).add(sealed.id, "note", 0, text("{}"));
                }
            });
        }
    }
    std::ranges::sort(numbers);
    for (std::uint32_t i = 0; i < numbers.size(); ++i)
        CHECK(numbers[i] == i);
    CHECK(Log::open(sealed.path).fsck().empty());
}

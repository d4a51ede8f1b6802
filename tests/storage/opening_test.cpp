#include "tests/storage/recording.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace stet;
using namespace stet::test;
namespace fs = std::filesystem;

namespace {

fs::path sealed_log(const TempDir& dir, std::string_view name = "a.stet") {
    const auto log = LogWriter::create(dir / name);
    Recording recording(*log, trajectory_id(1));
    recording.note("one");
    recording.seal();
    return dir / name;
}

// What a recorder that was killed leaves: the file and its WAL, but no -shm.
void copy_as_torn(const fs::path& from, const fs::path& to) {
    fs::create_directories(to.parent_path());
    fs::copy_file(from, to);
    fs::copy_file(from.string() + "-wal", to.string() + "-wal");
}

// Does `action` hold for somebody who is not root? In a child, since there is no way back.
bool holds_for_nobody(const std::function<bool()>& action) {
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) _exit(2);
        _exit(action() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("storage/opening: what is no log is refused in one line that says what to do") {
    const TempDir dir;
    write_file(dir / "empty.stet", "");
    write_file(dir / "text.stet", "just a text\n");
    write_file(dir / "long.stet", std::string(10'000, 'x'));
    fs::create_directory(dir / "folder.stet");
    REQUIRE(mkfifo((dir / "pipe.stet").c_str(), 0600) == 0);
    shell(dir / "other.stet", "CREATE TABLE t(x); PRAGMA application_id = 12");
    shell(dir / "claims.stet",
          "CREATE TABLE t(x); PRAGMA application_id = 0x73746574; PRAGMA user_version = 1");
    shell(dir / "bare.stet",
          "CREATE TABLE t(x); DROP TABLE t; PRAGMA application_id = 0x73746574; PRAGMA user_version = 1");
    shell(dir / "newer.stet",
          "CREATE TABLE t(x); PRAGMA application_id = 0x73746574; PRAGMA user_version = 2");
    struct Row {
        const char* name;
        const char* says;
    };
    for (const Row& row : {
             Row{"missing.stet", "No such file or directory; `stet ls`"},
             Row{"empty.stet", "the file is empty; its recorder died before it began"},
             Row{"text.stet", "not a stet log (no SQLite file); was it made by `stet run`?"},
             Row{"long.stet", "not a stet log (no SQLite file); was it made by `stet run`?"},
             Row{"folder.stet", "is a directory; name a log in it"},
             Row{"pipe.stet", "is not a regular file"},
             Row{"other.stet", "not a stet log (application_id 0xc); was it made by `stet run`?"},
             Row{"claims.stet", "its schema is not that of a stet log (at table 't'); do not trust"},
             Row{"bare.stet", "its schema lacks table 'addendum'"},
             Row{"newer.stet", "format 2, but this stet knows 1; use a newer stet"},
         }) {
        CAPTURE(row.name);
        const std::string line = trouble_of([&] { Log::open(dir / row.name); });
        CAPTURE(line);
        CHECK(line.starts_with("open log " + (dir / row.name).string() + ": "));
        CHECK(line.find(row.says) != std::string::npos);
        CHECK(line.find('\n') == std::string::npos);
    }
}

TEST_CASE("storage/opening: a log with anything added to its schema is refused") {
    for (const char* addition : {
             "CREATE VIEW v AS SELECT * FROM event",
             "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END",
             "CREATE TABLE zebra(x)",
             "CREATE INDEX i ON event(kind)",
             "ALTER TABLE event ADD COLUMN more TEXT",
             "CREATE VIRTUAL TABLE f USING fts5(x)",
             "DROP TABLE reading",
             "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'kind TEXT', 'kind  "
             "TEXT')",
         }) {
        CAPTURE(addition);
        const TempDir dir;
        const auto path = sealed_log(dir);
        shell(path, addition);
        const std::string line = trouble_of([&] { Log::open(path); });
        CAPTURE(line);
        CHECK(line.find("its schema") != std::string::npos);
    }
}

TEST_CASE("storage/opening: what a stranger's file says reaches no terminal as it is") {
    const TempDir dir;
    for (const char* name : {"\x1b[31mred", "two\nlines", "c1 \xc2\x9b", "del \x7f"}) {
        const auto path = dir / "a.stet";
        std::filesystem::remove(path);
        sealed_log(dir);
        shell(path, "CREATE TABLE \"" + std::string(name) + "\"(x)");
        const std::string line = trouble_of([&] { Log::open(path); });
        CAPTURE(line);
        CHECK(line.find("its schema is not that of a stet log") != std::string::npos);
        CHECK(line.find_first_of("\x1b\n\x7f") == std::string::npos);
        CHECK(line.find("\xc2\x9b") == std::string::npos);
    }
}

TEST_CASE("storage/opening: a newer format in the WAL alone is seen, too") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    recording.note("one");
    log->flush();
    shell(dir / "a.stet", "PRAGMA user_version = 3");
    const std::string line = trouble_of([&] { Log::open(dir / "a.stet"); });
    CAPTURE(line);
    CHECK(line.find("format 3") != std::string::npos);
}

TEST_CASE("storage/opening: names that mean something in a URI are names like others") {
    const TempDir dir;
    for (const char* name : {"with space.stet", "100%?mode=rwc#x.stet", "naïve&.stet"}) {
        CAPTURE(name);
        CHECK(Log::open(sealed_log(dir, name)).list().size() == 1);
    }
}

TEST_CASE("storage/opening: a log is never overwritten, and its directory must exist") {
    const TempDir dir;
    const auto path = sealed_log(dir);
    const std::string taken = trouble_of([&] { LogWriter::create(path); });
    CHECK(taken.starts_with("create log " + path.string() + ": File exists"));
    const std::string nowhere = trouble_of([&] { LogWriter::create(dir / "no/such/a.stet"); });
    CHECK(nowhere.find("No such file or directory") != std::string::npos);
}

TEST_CASE("storage/opening: sealed and torn logs are read where nothing may be written") {
    const TempDir dir;
    fs::create_directory(dir / "read_only");
    const auto sealed = sealed_log(dir, "read_only/sealed.stet");
    const auto log = LogWriter::create(dir / "living.stet");
    Recording recording(*log, trajectory_id(2));
    recording.note("one");
    recording.note("two");
    log->flush();
    copy_as_torn(dir / "living.stet", dir / "read_only/torn.stet");
    fs::permissions(dir.path(), fs::perms(0755));
    for (const auto& file : fs::directory_iterator(dir / "read_only"))
        fs::permissions(file, fs::perms(0444));
    fs::permissions(dir / "read_only", fs::perms(0555));
    CHECK(holds_for_nobody([&] { return Log::open(sealed).fsck().empty(); }));
    CHECK(holds_for_nobody([&] {
        const Log torn = Log::open(dir / "read_only/torn.stet");
        const auto source = torn.source(recording.id);
        return torn.fsck().empty() && torn.list()[0].standing == Standing::torn &&
               read_all(*source) == recording.events;
    }));
    CHECK(std::distance(fs::directory_iterator(dir / "read_only"), {}) == 3);
    fs::permissions(dir / "read_only", fs::perms(0755));
}

TEST_CASE("storage/opening: a reader sees a growing prefix while the log is recorded") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    recording.note("before");
    log->flush();
    const Log reader = Log::open(path);
    CHECK(reader.writer_alive());
    const auto source = reader.source(recording.id);
    std::size_t seen = 0;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < round; ++i)
            recording.note(std::to_string(i));
        log->flush();
        while (const auto event = source->next())
            CHECK(*event == recording.events.at(seen++));
        CHECK(seen == recording.events.size());
        CHECK(reader.list()[0].events == seen);
        CHECK(reader.list()[0].standing == Standing::recording);
        CHECK(reader.fsck().empty());
    }
    recording.seal();
    CHECK_FALSE(source->next());
    CHECK(reader.list()[0].standing == Standing::sealed);
    CHECK_FALSE(reader.writer_alive());
    CHECK(read_all(*reader.source(recording.id)) == recording.events);
}

TEST_CASE("storage/opening: a reader in the writer's process leaves the writer's locks alone") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording recording(*log, trajectory_id(1));
    recording.note("one");
    log->flush();
    { CHECK(Log::open(path).list().size() == 1); }
    // A shell that comes and goes would fold in and delete the WAL if the writer's lock were gone. It
    // must be another program: after a fork alone SQLite would still believe in the parent's locks.
    const pid_t child = fork();
    if (child == 0) {
        execlp("sqlite3", "sqlite3", path.c_str(), ".output /dev/null", "SELECT seq FROM event", nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 127) MESSAGE("there is no sqlite3 program here: nothing was proved");
    CHECK(fs::exists(dir / "a.stet-wal"));
    recording.note("two");
    log->flush();
    CHECK(read_all(*Log::open(path).source(recording.id)) == recording.events);
}

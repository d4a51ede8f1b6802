// The log's write path, from the journal through the storage door, beside plain SQLite (WAL, one row a
// transaction) and a file that is only appended to.

#include "bench/figures.hpp"

#include <stet/door/storage.hpp>
#include <stet/journal.hpp>
#include <stet/redaction.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace stet::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t repetitions = 5;
constexpr std::size_t payload_bytes = 512;

// Text that compresses as logs do, another one for each number.
std::string payload_of(std::uint32_t number) {
    static constexpr std::string_view words[] = {
        "error: ", "src/", "undefined reference to ", "test ", " ok\n", "warning", "expected ", "\\n"};
    std::minstd_rand random(number + 1);
    std::string text = fmt::format("{:08} ", number);
    while (text.size() < payload_bytes) {
        text += random() % 3 == 0 ? fmt::format("{:x}", random()) : std::string(words[random() % 8]);
    }
    text.resize(payload_bytes);
    return text;
}

/// A directory beside the program, so that it is on a disk and not in memory.
class Place {
public:
    Place() {
        auto name = fs::read_symlink("/proc/self/exe").parent_path() / "log-XXXXXX";
        auto text = name.native();
        if (mkdtemp(text.data()) == nullptr) throw Trouble("make directory", text, std::strerror(errno));
        path_ = text;
    }
    ~Place() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    fs::path fresh() { return path_ / fmt::format("{}", next_++); }

private:
    fs::path path_;
    int next_ = 0;
};

/// What can be written to, one record at a time.
class Store {
public:
    virtual ~Store() = default;
    /// Hands over a record; `wait`: returns once it is durable.
    virtual void write(std::uint32_t number, bool wait) = 0;
    /// Everything is durable.
    virtual void finish() {}
};

class StetLog final : public Store {
public:
    StetLog(const fs::path& path, Durability durability)
        : redactor_("a key of sixteen bytes"),
          log_(LogWriter::create(path, {.durability = durability})),
          journal_({}, "bench", 0, redactor_, *log_) {}
    void write(std::uint32_t number, bool wait) override {
        Draft draft;
        draft.at.mono_us = number;
        const auto bytes = draft.attach(payload_of(number));
        draft.body = ProcessOutput{"agent", "stderr", bytes};
        const auto ticket = journal_.append(std::move(draft)).ticket;
        if (!wait) return;
        std::promise<bool> durable;
        journal_.when_durable(ticket, [&durable](bool yes) { durable.set_value(yes); });
        if (!durable.get_future().get()) throw Trouble("write log", "", "the log has failed");
    }
    void finish() override { log_->flush(); }

private:
    Redactor redactor_;
    std::unique_ptr<LogWriter> log_;
    Journal journal_;
};

class SqliteTable final : public Store {
public:
    SqliteTable(const fs::path& path, Durability durability) {
        check(sqlite3_open(path.c_str(), &database_));
        run("PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF");
        run(durability == Durability::power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        run("CREATE TABLE event(id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, body BLOB)");
        check(sqlite3_prepare_v2(database_, "INSERT INTO event(at, kind, body) VALUES(?, 'output', ?)", -1,
                                 &insert_, nullptr));
    }
    ~SqliteTable() override {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }
    void write(std::uint32_t number, bool) override {
        const auto bytes = payload_of(number);
        sqlite3_bind_int64(insert_, 1, number);
        sqlite3_bind_blob64(insert_, 2, bytes.data(), bytes.size(), SQLITE_STATIC);
        check(sqlite3_step(insert_) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR);
        check(sqlite3_reset(insert_));
    }

private:
    void check(int code) {
        if (code != SQLITE_OK) throw Trouble("write table", "", sqlite3_errmsg(database_));
    }
    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

class AppendedFile final : public Store {
public:
    AppendedFile(const fs::path& path, Durability durability)
        : sync_(durability == Durability::power),
          file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {
        if (file_ < 0) throw Trouble("open file", path.native(), std::strerror(errno));
    }
    ~AppendedFile() override { close(file_); }
    void write(std::uint32_t number, bool) override {
        const auto bytes = payload_of(number);
        const bool written = ::write(file_, bytes.data(), bytes.size()) == ssize_t{payload_bytes};
        if (!written || (sync_ && fdatasync(file_) != 0)) throw Trouble("append", "", std::strerror(errno));
    }

private:
    bool sync_;
    int file_;
};

template <class Kind>
double rate(Place& place, Durability durability, std::uint32_t records) {
    Kind store(place.fresh(), durability);
    const auto begun = now_s();
    for (std::uint32_t i = 0; i < records; ++i)
        store.write(i, false);
    store.finish();
    return records / (now_s() - begun);
}

/// One producer that waits for each record: the latencies in microseconds, sorted.
template <class Kind>
std::vector<double> latencies(Place& place, Durability durability, std::uint32_t records) {
    Kind store(place.fresh(), durability);
    std::vector<double> all;
    for (std::uint32_t i = 0; i < records; ++i) {
        const auto begun = now_s();
        store.write(i, true);
        all.push_back((now_s() - begun) * 1e6);
    }
    std::ranges::sort(all);
    return all;
}

struct Mode {
    const char* name;
    Durability durability;
    std::uint32_t free_records, waiting_records;
    Target rate, p50, p99;
};

void measure_mode(Place& place, const Mode& mode, std::vector<Figure>& figures) {
    const auto rates = take_turns(
        {{"stet", [&] { return rate<StetLog>(place, mode.durability, mode.free_records); }},
         {"SQLite", [&] { return rate<SqliteTable>(place, mode.durability, mode.waiting_records); }},
         {"append", [&] { return rate<AppendedFile>(place, mode.durability, mode.waiting_records); }}},
        repetitions);
    std::vector<Measured> p99{{"stet", {}}, {"SQLite", {}}, {"append", {}}};
    const auto p50_of = [&](std::size_t place_in_p99, std::vector<double> sorted) {
        p99[place_in_p99].values.push_back(sorted[sorted.size() * 99 / 100]);
        return sorted[sorted.size() / 2];
    };
    const auto n = mode.waiting_records;
    auto p50 = take_turns(
        {{"stet", [&] { return p50_of(0, latencies<StetLog>(place, mode.durability, n)); }},
         {"SQLite", [&] { return p50_of(1, latencies<SqliteTable>(place, mode.durability, n)); }},
         {"append", [&] { return p50_of(2, latencies<AppendedFile>(place, mode.durability, n)); }}},
        repetitions);
    const auto name = [&](const char* what) { return fmt::format("{}: {}", mode.name, what); };
    figures.push_back({name("producer that does not wait"), "events/s", rates, mode.rate});
    figures.push_back({name("durable, p50"), "µs", std::move(p50), mode.p50});
    figures.push_back({name("durable, p99"), "µs", std::move(p99), mode.p99});
}

std::vector<Figure> measure() {
    using Way = Target::Way;
    const Mode modes[] = {
        {"process",
         Durability::process,
         60'000,
         4'000,
         {Way::at_least, 0.5, "SQLite", "hashes, chains and compresses besides, and commits in groups"},
         {Way::at_most, 60, "", "the commit, and two hand-overs between threads: 28 µs on a quiet machine"},
         {Way::at_most, 300, "",
          "a checkpoint now and then; an agent waits a thousand times longer for a model"}},
        {"power",
         Durability::power,
         60'000,
         800,
         {Way::at_least, 4, "SQLite", "one sync for whatever has gathered, instead of one for each"},
         {Way::at_most, 1.5, "append", "the sync is the price; at most half of it again for everything else"},
         {Way::at_most, 2, "append", "the same, and a checkpoint now and then"}},
    };
    Place place;
    std::vector<Figure> figures;
    for (const auto& mode : modes)
        measure_mode(place, mode, figures);
    return figures;
}

}  // namespace
}  // namespace stet::bench

int main(int argc, char** argv) {
    return stet::bench::run(argc, argv, "log", stet::bench::measure);
}

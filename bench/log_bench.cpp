// The log's write path, from the journal through the storage door, beside plain SQLite (WAL, one row a
// transaction), the same behind a thread of its own, and a file that is only appended to.

#include "bench/figures.hpp"
#include "bench/place.hpp"

#include <stet/door/storage.hpp>
#include <stet/journal.hpp>
#include <stet/redaction.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace stet::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t repetitions = 5;
constexpr std::size_t payload_bytes = 512;
constexpr const char* threaded = "SQLite, thread";

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

/// A new name for each store.
class Names {
public:
    fs::path fresh() { return place_.path() / fmt::format("{}", next_++); }

private:
    Place place_;
    int next_ = 0;
};

// The stores below take one record at a time. `write` hands it over; with `wait` it returns once the record
// is durable. `finish` returns when everything is.

class StetLog {
public:
    StetLog(const fs::path& path, Durability durability)
        : redactor_("a key of sixteen bytes"),
          log_(LogWriter::create(path, {.durability = durability})),
          journal_({}, "bench", 0, redactor_, *log_) {}
    void write(std::uint32_t number, std::string payload, bool wait) {
        Draft draft;
        draft.at.mono_us = number;
        const auto bytes = draft.attach(std::move(payload));
        draft.body = ProcessOutput{"agent", "stderr", bytes};
        const auto ticket = journal_.append(std::move(draft)).ticket;
        if (!wait) return;
        std::promise<bool> durable;
        journal_.when_durable(ticket, [&durable](bool yes) { durable.set_value(yes); });
        if (!durable.get_future().get()) throw Trouble("write log", "", "the log has failed");
    }
    void finish() { log_->flush(); }

private:
    Redactor redactor_;
    std::unique_ptr<LogWriter> log_;
    Journal journal_;
};

class SqliteTable {
public:
    SqliteTable(const fs::path& path, Durability durability) {
        check(sqlite3_open(path.c_str(), &database_));
        run("PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF");
        run(durability == Durability::power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        run("CREATE TABLE event(id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, body BLOB)");
        check(sqlite3_prepare_v2(database_, "INSERT INTO event(at, kind, body) VALUES(?, 'output', ?)", -1,
                                 &insert_, nullptr));
    }
    ~SqliteTable() {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }
    SqliteTable(const SqliteTable&) = delete;
    SqliteTable& operator=(const SqliteTable&) = delete;
    void write(std::uint32_t number, const std::string& bytes, bool) {
        sqlite3_bind_int64(insert_, 1, number);
        sqlite3_bind_blob64(insert_, 2, bytes.data(), bytes.size(), SQLITE_STATIC);
        check(sqlite3_step(insert_) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR);
        check(sqlite3_reset(insert_));
    }
    void finish() {}

private:
    void check(int code) {
        if (code != SQLITE_OK) throw Trouble("write table", "", sqlite3_errmsg(database_));
    }
    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

/// Leaves its caller free, as a recorder's log must: a record that is waited for costs two hand-overs.
class SqliteThread {
public:
    SqliteThread(const fs::path& path, Durability durability)
        : table_(path, durability), thread_([this](const std::stop_token& stop) { work(stop); }) {}
    void write(std::uint32_t number, std::string payload, bool wait) {
        std::unique_lock lock(mutex_);
        queue_.emplace_back(number, std::move(payload));
        ++written_;
        changed_.notify_all();
        if (wait) wait_for_all(lock);
    }
    void finish() {
        std::unique_lock lock(mutex_);
        wait_for_all(lock);
    }

private:
    void wait_for_all(std::unique_lock<std::mutex>& lock) {
        changed_.wait(lock, [this] { return durable_ == written_; });
    }
    void work(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [this] { return !queue_.empty(); })) {
            const auto records = std::exchange(queue_, {});
            lock.unlock();
            for (const auto& [number, payload] : records)
                table_.write(number, payload, true);
            lock.lock();
            durable_ += records.size();
            changed_.notify_all();
        }
    }

    SqliteTable table_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::pair<std::uint32_t, std::string>> queue_;
    std::size_t written_ = 0, durable_ = 0;
    std::jthread thread_;  ///< Last: it uses what stands above.
};

class AppendedFile {
public:
    AppendedFile(const fs::path& path, Durability durability)
        : sync_(durability == Durability::power),
          file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {
        if (file_ < 0) throw Trouble("open file", path.native(), std::strerror(errno));
    }
    ~AppendedFile() { close(file_); }
    AppendedFile(const AppendedFile&) = delete;
    AppendedFile& operator=(const AppendedFile&) = delete;
    void write(std::uint32_t, const std::string& bytes, bool) {
        const bool written = ::write(file_, bytes.data(), bytes.size()) == ssize_t{payload_bytes};
        if (!written || (sync_ && fdatasync(file_) != 0)) throw Trouble("append", "", std::strerror(errno));
    }
    void finish() {}

private:
    bool sync_;
    int file_;
};

std::vector<std::string> payloads_for(std::uint32_t records) {
    std::vector<std::string> all;
    for (std::uint32_t i = 0; i < records; ++i)
        all.push_back(payload_of(i));
    return all;
}

/// Records a second.
template <class Kind>
double rate(Names& names, Durability durability, std::uint32_t records) {
    auto payloads = payloads_for(records);
    Kind store(names.fresh(), durability);
    const auto begun = now_s();
    for (std::uint32_t i = 0; i < records; ++i)
        store.write(i, std::move(payloads[i]), false);
    store.finish();
    return records / (now_s() - begun);
}

/// One producer that waits for each record: the latencies in microseconds, sorted.
template <class Kind>
std::vector<double> latencies(Names& names, Durability durability, std::uint32_t records) {
    auto payloads = payloads_for(records);
    Kind store(names.fresh(), durability);
    std::vector<double> all;
    for (std::uint32_t i = 0; i < records; ++i) {
        const auto begun = now_s();
        store.write(i, std::move(payloads[i]), true);
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

void measure_rate(Names& names, const Mode& mode, std::vector<Figure>& figures) {
    const auto n = mode.waiting_records;
    figures.push_back(
        {fmt::format("{}: producer that does not wait", mode.name), "events/s",
         take_turns({{"stet", [&] { return rate<StetLog>(names, mode.durability, mode.free_records); }},
                     {"SQLite", [&] { return rate<SqliteTable>(names, mode.durability, n); }},
                     {"append", [&] { return rate<AppendedFile>(names, mode.durability, n); }}},
                    repetitions),
         mode.rate});
}

void measure_waiting(Names& names, const Mode& mode, std::vector<Figure>& figures) {
    const auto n = mode.waiting_records;
    std::vector<Measured> p99{{"stet", {}}, {"SQLite", {}}, {threaded, {}}, {"append", {}}};
    const auto take = [&](std::size_t program, const std::vector<double>& sorted) {
        p99[program].values.push_back(sorted[sorted.size() * 99 / 100]);
        return sorted[sorted.size() / 2];
    };
    auto p50 =
        take_turns({{"stet", [&] { return take(0, latencies<StetLog>(names, mode.durability, n)); }},
                    {"SQLite", [&] { return take(1, latencies<SqliteTable>(names, mode.durability, n)); }},
                    {threaded, [&] { return take(2, latencies<SqliteThread>(names, mode.durability, n)); }},
                    {"append", [&] { return take(3, latencies<AppendedFile>(names, mode.durability, n)); }}},
                   repetitions);
    figures.push_back({fmt::format("{}: durable, p50", mode.name), "µs", std::move(p50), mode.p50});
    figures.push_back({fmt::format("{}: durable, p99", mode.name), "µs", std::move(p99), mode.p99});
}

std::vector<Figure> measure() {
    using Way = Target::Way;
    const Mode modes[] = {
        {"process",
         Durability::process,
         20'000,
         4'000,
         {Way::at_least, 0.5, "SQLite", "hashes, chains and compresses besides, and commits in groups"},
         {Way::at_most, 3, threaded, "a commit and two hand-overs too; redaction, hashes, chain and zstd"},
         {Way::at_most, 3, threaded, "the same, and a checkpoint now and then"}},
        {"power",
         Durability::power,
         20'000,
         150,
         {Way::at_least, 4, "SQLite", "one sync for whatever has gathered, instead of one for each"},
         {Way::at_most, 1.5, threaded, "the sync is the price; at most half of it again for everything else"},
         {Way::at_most, 2, threaded, "the same, and a checkpoint now and then"}},
    };
    Names names;
    std::vector<Figure> figures;
    for (const auto& mode : modes) {
        measure_rate(names, mode, figures);
        measure_waiting(names, mode, figures);
    }
    return figures;
}

}  // namespace
}  // namespace stet::bench

int main(int argc, char** argv) {
    return stet::bench::run(argc, argv, "log", stet::bench::measure);
}

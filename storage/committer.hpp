#pragma once

#include "storage/event_rows.hpp"
#include "storage/log_file.hpp"
#include "storage/log_queue.hpp"

#include <stet/door/storage.hpp>

#include <map>

namespace stet {

/// The writer's side of a log that is being recorded: turns batches into transactions.
///
/// Chains, payload ids and parts live in memory from the first event to the seal, so that nothing is
/// read back. After a Trouble they no longer say what is on disk: the committer must not be used on.
///
/// Thread: whoever made it until the first commit, then the writer's only.
class Committer {
public:
    /// Makes the file and its lock. Nothing stays of it when nothing is ever committed.
    Committer(const std::filesystem::path& path, const LogWriterOptions& options);
    ~Committer();

    /// One transaction. Throws Trouble when the disk refuses; then nothing of the batch is there.
    void commit(std::vector<Item>& items);
    /// When every trajectory is sealed: folds the WAL in, so that the file stands alone, and lets go of
    /// the lock. The next `begin` takes it again.
    void rest_if_sealed();

private:
    struct Open {
        std::int64_t row = 0;
        Digest chain;
        std::uint32_t events = 0;
        std::int64_t ended_wall_ms = 0;
        bool touched = false;                     ///< Has events that no chain row covers yet.
        std::map<StreamId, std::uint32_t> parts;  ///< Pieces so far.
    };

    void apply(BeginItem& item);
    void apply(AppendItem& item);
    void apply(PutItem& item);
    void apply(SpoolItem& item);
    void apply(SealItem& item);
    void append(Open& open, const RedactedEvent& event);
    void store_chain(Open& open);
    void wake();
    bool leave_wal_mode();

    /// Takes the file away again unless something was committed: a log that could not be begun is none.
    class Beginning {
    public:
        explicit Beginning(std::filesystem::path path) : path_(std::move(path)) {}
        ~Beginning();
        Beginning(const Beginning&) = delete;
        Beginning& operator=(const Beginning&) = delete;
        void over() { path_.clear(); }

    private:
        std::filesystem::path path_;
    };

    LogFile file_;         // Before the database: see LogFile.
    Beginning beginning_;  // After the database is closed, and before the lock goes.
    Database database_;
    Durability durability_;
    // The schema must be there before the first statement is compiled.
    struct Ready {
        Ready(Database& database);
    } ready_;
    PayloadStore payloads_;
    EventInserter events_;
    Statement begin_, seal_, chain_, piece_, drop_pieces_;
    std::map<TrajectoryId, Open> open_;
    bool awake_ = false;   ///< Has the lock, in WAL mode.
    bool sealed_ = false;  ///< Since the last time that all were sealed.
};

}  // namespace stet

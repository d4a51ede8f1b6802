#pragma once

#include <stet/event_sink.hpp>
#include <stet/event_source.hpp>
#include <stet/readings.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

// The storage room: logs on disk. One log is one SQLite file; docs/file-format.md is normative.

enum class Durability : std::uint8_t {
    process,  ///< Survives the death of every process (WAL, synchronous NORMAL).
    power,    ///< Survives a power cut as well (FULL).
};

struct LogWriterOptions {
    Durability durability = Durability::process;
    std::size_t queue_bytes_max = 64u << 20;  ///< Then `append` blocks: slow the agent rather than forget.
    std::size_t queue_items_max = 8192;
    int zstd_level = 3;
};

/// Writes one log. Owns the writer's thread; a queue stands between it and the caller, and whatever
/// has gathered there is committed together (no window: an idle log commits at once).
///
/// Life of a log, and what an outsider may conclude:
///
///   create()  the file exists, its writer holds an flock on it      → recording
///   append()  events, payloads and the chain value of each commit group
///   seal()    root and standing stored, WAL folded in, lock released → sealed
///   (no lock, not sealed)                                            → torn: the recorder died
///
/// The lock is let go when every trajectory that was begun is sealed; the next `begin` takes it again.
///
/// Once the disk has refused, the log is failed: every later call throws the same Trouble, waiting
/// tickets get `false`, and what was committed stays.
///
/// Every payload that an event cites must have been handed over before, with that event, an earlier one
/// or `put`: STET_ASSERTs it. (Payloads without a digest are erased ones, and stay so.)
///
/// Thread: one for everything but `put`, `when_durable` and `flush`, which any thread may call.
class LogWriter final : public RedactedSink {
public:
    /// Creates the file (its directory must exist, the file must not). Throws Trouble.
    static std::unique_ptr<LogWriter> create(const std::filesystem::path& path,
                                             const LogWriterOptions& options = {});
    /// Commits what is left. Does not seal. A log that nothing was ever committed to is removed.
    ~LogWriter() override;

    void begin(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms) override;
    Ticket append(const TrajectoryId& id, std::vector<RedactedEvent> events, StreamId close) override;
    Ticket put(RedactedBytes bytes) override;
    Ticket spool(const TrajectoryId& id, StreamId stream, Seq request, RedactedBytes bytes) override;
    void when_durable(Ticket ticket, std::function<void(bool)> done) override;
    Digest seal(const TrajectoryId& id) override;

    /// Waits until everything is committed. Throws Trouble when the log has failed. Callbacks of what was
    /// committed may still be running.
    void flush();

private:
    struct State;
    explicit LogWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What fsck found.
struct Flaw {
    std::optional<TrajectoryId> trajectory;
    std::optional<Seq> seq;  ///< The first bad one; where only a commit is known to be bad, its first.
    std::string what;        ///< One line.
    friend bool operator==(const Flaw&, const Flaw&) = default;
};

/// A log to read. A stranger's log is safe: opened defensively (no triggers, no trusted schema, the
/// schema must be the expected text), and nothing in it is executed. While it is being recorded,
/// readers see a growing prefix. Thread: one.
class Log {
public:
    /// Throws Trouble when it is no log, or a newer format.
    static Log open(const std::filesystem::path& path);
    Log(Log&&) noexcept;
    Log& operator=(Log&&) noexcept;
    ~Log();

    const std::filesystem::path& path() const;
    std::vector<TrajectorySummary> list() const;
    bool writer_alive() const;

    /// A torn trajectory is read as its longest valid prefix; then come protocol events that should stand
    /// behind its last event but do not, read from that again; then the pieces of answers that were
    /// coming in when the recorder died, as incomplete responses (with what they meant) and a Gap, both
    /// `reconstructed`. What is not stored is not in the summary's count.
    /// The log must outlive the source. Events are verified against the chain as they are read: a
    /// source throws Trouble at the first event that does not verify. After a `seek` it trusts the chain
    /// value stored before that place; only a read from the beginning proves the root. At the end of a
    /// trajectory that is being recorded, a later `next` gives what has come meanwhile.
    std::unique_ptr<EventSource> source(const TrajectoryId& id) const;

    /// Checks everything: pages, schema, seqs, payload digests and commitments, the chain, roots,
    /// addenda, and whether stored readings are what `annotate` makes of the events. Empty when the log is
    /// whole (torn is not a flaw).
    std::vector<Flaw> fsck() const;

    // What is learned later. Needs a sealed trajectory; opens the file for writing, under the writer's
    // lock: waits some seconds for others who add. Throw Trouble, also while the log is being recorded.

    /// Appends, chained to the root; returns its number. `kind`: lower-case letters, digits, '_', '-'.
    /// `body`: a JSON object.
    std::uint32_t add(const TrajectoryId& id, std::string_view kind, std::int64_t wall_ms,
                      const RedactedBytes& body);
    /// Stores readings beside the log (outside the chain: they can be rebuilt).
    void store(const TrajectoryId& id, const Readings& readings);
    /// The readings of this version, if they were stored for this root. Nothing covers them: whoever does
    /// not know where the log was makes them again.
    std::optional<Readings> readings(const TrajectoryId& id) const;

private:
    struct State;
    explicit Log(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Where a run is found.
struct Located {
    std::filesystem::path log;
    TrajectorySummary summary;
};

/// Contract: what logs there are. One machine: a directory; later a shared one.
class Catalogue {
public:
    virtual ~Catalogue() = default;
    /// All trajectories, newest first. Files that cannot be read are passed over and told to `skipped`.
    virtual std::vector<Located> list(const std::function<void(const std::string&)>& skipped) const = 0;
    /// By path of a log (its only or last trajectory; `PATH#PREFIX` names one), `last`, `last~N`, a
    /// name (the newest run of that name), or a prefix of an id. An error says where it was
    /// looked for, and what is near; Trouble is thrown for a file that cannot be opened.
    [[nodiscard]] virtual Result<Located> find(std::string_view word) const = 0;
};

/// The logs in `directory` (`*.stet`), which need not exist yet.
std::unique_ptr<Catalogue> open_catalogue(const std::filesystem::path& directory);

}  // namespace stet

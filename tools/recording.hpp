#pragma once

#include "tools/home.hpp"

#include <stet/door/recorder.hpp>
#include <stet/door/storage.hpp>
#include <stet/door/workspace.hpp>
#include <stet/journal.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What `run` and `mcp` share: a new log with a journal before it, and the watched workspace.
class Recording {
public:
    struct Options {
        std::optional<std::filesystem::path> log;
        std::string name;
        std::vector<std::string> command;  ///< Its credentials are known before anything is written.
        std::optional<std::filesystem::path> workspace;
        std::vector<std::string> exclude;
        Durability durability = Durability::process;
    };
    explicit Recording(const Options& options);

    Journal& journal() { return *journal_; }
    Redactor& redactor() { return *redactor_; }
    Workspace* workspace() { return workspace_.get(); }
    const Tree& initial() const { return initial_; }
    const std::vector<std::string>& unreadable() const { return unreadable_; }
    const TrajectoryId& id() const { return id_; }
    const std::filesystem::path& path() const { return path_; }
    /// Is the path in the workspace what we write ourselves: the log, the home?
    bool is_own(std::string_view path) const;
    Instant now() const { return clock_.now(); }

    /// Appends a fact of our own.
    Appended note(EventBody body, std::vector<std::string> payloads = {}, std::optional<Seq> cause = {});
    /// Begin, the check specs, the snapshot that was taken when the recording was made. Gives the seqs of the
    /// specs.
    std::vector<Seq> begin(Begin begin, const std::vector<CheckSpec>& specs);
    /// What `record` gives. Seals the log when its command was never started; when the log has failed, throws
    /// what the disk said: the recorder only knows that it did.
    AgentOutcome run(const std::function<AgentOutcome()>& record);
    /// Waits until everything is on disk, seals, says that it was made here, and stores the readings beside
    /// the log.
    void seal();

private:
    void seal_unstarted(const StartTrouble& trouble);

    Clock clock_;
    TrajectoryId id_;
    std::filesystem::path path_;
    std::unique_ptr<Redactor> redactor_;
    std::unique_ptr<LogWriter> log_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Workspace> workspace_;
    Tree initial_;
    std::vector<std::string> unreadable_;
    std::vector<std::string> own_;  ///< Globs.
};

/// How an agent ended: with exit code 0 it claims success; what another code means is for readers to say
/// (read_ending). A signal that somebody sends is a signal, one of its own making a crash.
End end_of(std::optional<int> exit_code, std::optional<int> signal);
/// The same for a server, which claims nothing.
End end_of_server(std::optional<int> exit_code, std::optional<int> signal);

/// 128 + signal for the killed, as shells say it.
int exit_code_of(std::optional<int> exit_code, std::optional<int> signal);

}  // namespace stet

#pragma once

#include <stet/door/storage.hpp>
#include <stet/event_sink.hpp>
#include <stet/redaction.hpp>
#include <stet/trajectory.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

// Where things lie on this machine, and the clocks: what only `tools` may know.

/// $STET_HOME, or stet/ in the XDG state directory.
std::filesystem::path home();
/// home()/runs; made when it isn't there.
std::filesystem::path runs_directory();

/// Where running recorders have their sockets: made from the uid alone, so that a process with a
/// stripped environment finds it too. Owned by the user, mode 0700; Trouble when it is not.
std::filesystem::path runtime_directory();
/// The socket of the run that this process is a descendant of, or that the environment names.
std::optional<std::filesystem::path> find_run_socket();
std::filesystem::path run_socket(long pid);

/// The credentials in this process's environment.
std::vector<Secret> environment_secrets();

/// A redactor with the user's key (made at first use, mode 0600) that knows `environment_secrets`.
std::unique_ptr<Redactor> make_redactor();

/// The user's secret bytes: 32, from the file redaction.key in home(), made at first use and never
/// replaced. Throws Trouble when the file is broken.
std::string user_key();
/// The same, when there are any: nothing is made.
std::optional<std::string> known_user_key();

TrajectoryId new_trajectory_id();

/// The recording's clock: `mono_us` counts from the moment it was made.
class Clock {
public:
    Clock();
    Instant now() const;

private:
    std::int64_t began_us_;
};

std::int64_t wall_ms_now();

/// An opened run: its log and the trajectory in it.
struct OpenedRun {
    std::filesystem::path path;
    TrajectorySummary summary;
    Log log;
};

/// By path, `last`, `last~N`, name or prefix. Throws Trouble when there is none.
OpenedRun open_run(const std::string& word);

/// One that was found. Throws Trouble.
OpenedRun open_run(const Located& located);

/// All the runs that the words and conditions name, or just `last` when both are empty. They may be more
/// than a process can have open: none is. Throws Trouble when there is none.
std::vector<Located> find_runs(const std::vector<std::string>& words, const std::vector<std::string>& where);

/// All runs of this home that were imported.
std::vector<Located> find_imported();

}  // namespace stet

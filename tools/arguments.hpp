#pragma once

#include <stet/event.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace stet {

// The command line as values. `parse_arguments` is the only code that knows CLI11.

struct RunArguments {
    std::filesystem::path workspace = ".";
    bool watch = true;
    std::vector<std::string> exclude;
    std::optional<std::string> task, policy, licence, split, source, permission_mode, image, budget;
    std::vector<std::string> constraints, allowed, forbidden;
    std::vector<std::string> agent_config;  ///< Files that the agent is configured by.
    std::vector<std::string> checks;        ///< "[NAME=]COMMAND"
    std::vector<std::string> protect;
    std::uint64_t check_timeout_s = 600;
    std::string name;
    std::optional<std::string> group;
    std::optional<std::int64_t> trial;
    std::vector<std::string> tags;       ///< "k=v"
    std::vector<std::string> upstreams;  ///< "NAME=URL" or "NAME=script:FILE"
    std::optional<std::string> task_id;
    bool exit_check = false;
    bool power = false;
    std::string sandbox = "bubblewrap";
    std::optional<std::filesystem::path> log;
    std::vector<std::string> command;
};

struct McpArguments {
    std::string name;
    std::optional<std::filesystem::path> workspace, log;
    std::optional<std::string> run;
    std::vector<std::string> exclude;
    std::vector<std::string> command;
};

struct LsArguments {
    std::vector<std::string> where;
    bool json = false;
};

struct ShowArguments {
    std::string run = "last";
    bool follow = false;
    bool json = false;
};

struct EventsArguments {
    std::string run = "last";
    std::vector<std::string> kinds;
    bool json = false;
};

struct DiffArguments {
    std::string one, other;
    bool json = false;
};

struct FsckArguments {
    std::vector<std::string> runs;
    bool json = false;
};

struct ReplayArguments {
    std::vector<std::string> runs;
    std::vector<std::string> where;
    std::string level = "normalised";
    std::string world;  ///< Empty: by what was recorded. "tape": nothing is executed.
    std::string sandbox = "bubblewrap";
    std::optional<std::filesystem::path> keep, workspace, data;
    std::string faults = "none";  ///< Or "extracted".
    std::size_t threads = 0;      ///< 0: as many as there are cores.
    bool imported = false;        ///< All runs that were imported.
    std::optional<std::filesystem::path> corpus;
    bool trust = false;  ///< A log from elsewhere is lent what one of our own would be.
    bool dry = false;    ///< Adds nothing to the log.
    bool json = false;
};

struct CheckArguments {
    std::vector<std::string> runs, where;
    bool imported = false;
    std::vector<std::string> checks;               ///< "[NAME=]COMMAND"
    std::vector<std::filesystem::path> verifiers;  ///< JSON files.
    std::uint64_t check_timeout_s = 600;
    std::string sandbox = "bubblewrap";
    std::string world;
    std::optional<std::filesystem::path> data;
    std::size_t threads = 0;
    bool trust = false, dry = false, json = false;
};

struct ImportArguments {
    std::string format;
    std::vector<std::filesystem::path> files;
    std::optional<std::filesystem::path> data, log;
    bool json = false;
};

struct ExportArguments {
    std::vector<std::string> runs;
    std::vector<std::string> where;
    std::string format = "record";
    std::string level = "normalised";
    bool require_rederived = false;
    bool schema = false;
};

struct WorldArguments {
    std::string what;  ///< "new", "check", "run", "tools".
    std::filesystem::path directory;
    std::optional<std::filesystem::path> data;
};

struct DoctorArguments {
    bool json = false;
};

/// Nothing to do: help or the version was printed, or the words were wrong (which was said).
struct Finished {
    int exit_code = 0;
};

using Arguments = std::variant<Finished, RunArguments, McpArguments, LsArguments, ShowArguments,
                               EventsArguments, DiffArguments, FsckArguments, ReplayArguments, CheckArguments,
                               ImportArguments, ExportArguments, WorldArguments, DoctorArguments>;

Arguments parse_arguments(int argc, char** argv);

}  // namespace stet

#pragma once

#include <stet/tree.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// What a scan found.
struct Scan {
    Tree tree;
    bool disturbed = false;               ///< Something was written while the scan ran.
    std::vector<std::string> unreadable;  ///< Paths that could not be read, each with its reason.
};

/// Contract: a directory that is watched. Content passes the redactor before it is digested, so a
/// tree's digests are those of what the log stores. Thread: one at a time.
class Workspace {
public:
    virtual ~Workspace() = default;

    virtual const std::filesystem::path& root() const = 0;
    virtual const std::vector<std::string>& excluded() const = 0;

    /// Looks at the whole tree; reads only files that changed since the last scan. Each content that
    /// no scan has handed out before goes to `keep`, on this thread.
    virtual Scan scan(const std::function<void(std::string bytes)>& keep) = 0;
};

/// What to run in a sandbox.
struct SandboxJob {
    std::string command;           ///< For `/bin/sh -c`.
    std::filesystem::path tree;    ///< The host directory that it works on, writable.
    std::filesystem::path inside;  ///< Where that directory appears, and the working directory.
    struct Bind {
        std::filesystem::path from, to;
    };
    std::vector<Bind> read_only;  ///< Besides the system: excluded trees, toolchains.
    std::vector<std::pair<std::string, std::string>> environment;
    std::chrono::milliseconds timeout{600'000};
    std::uint64_t output_bytes_max = 1 << 20;
    int stop_descriptor = -1;  ///< When it becomes readable, the program is ended: a `problem`.
};

struct SandboxOutcome {
    std::optional<int> exit_code;
    std::optional<int> signal;
    bool timed_out = false;
    std::string output;                  ///< stdout and stderr together, as they came.
    std::uint64_t output_cut_bytes = 0;  ///< How much more there was.
    std::chrono::milliseconds duration{0};
    std::string problem;  ///< Why it could not run at all; empty when it ran.
};

/// Contract: runs a program that a log names, so that it can harm nothing. Thread: any.
class Sandbox {
public:
    virtual ~Sandbox() = default;
    /// "bubblewrap" or "none": part of the evidence.
    virtual std::string rung() const = 0;
    virtual SandboxOutcome run(const SandboxJob& job) = 0;
};

}  // namespace stet

#pragma once

#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <unistd.h>

namespace stet::test {

/// Is there bubblewrap? Where it is missing its tests say so, loudly, and prove nothing.
inline bool has_bubblewrap() {
    static const auto support = probe_sandbox();
    if (!support.bubblewrap) MESSAGE("SKIPPED, no bubblewrap here: ", support.hint);
    return support.bubblewrap;
}

inline std::vector<std::string> rungs() {
    if (has_bubblewrap()) return {"none", "bubblewrap"};
    return {"none"};
}

/// A sandbox with a tree to work on.
struct Bench {
    explicit Bench(const std::string& rung) : sandbox(shared(rung)) {
        fs::create_directory(dir / "tree");
        job.tree = tree();
        job.inside = rung == "none" ? tree() : fs::path("/project/app");
        job.timeout = std::chrono::seconds(20);
    }
    fs::path tree() const { return dir / "tree"; }
    SandboxOutcome run(const std::string& command) {
        job.command = command;
        return sandbox.run(job);
    }
    /// A number of seconds to sleep, by which the sleeper can be told.
    static std::string mark() {
        static std::atomic<int> next{0};
        return fmt::format("3000.{:07}{:03}", ::getpid(), ++next);
    }

    /// Making one tries it out, which takes as long as a job.
    static Sandbox& shared(const std::string& rung) {
        static std::map<std::string, std::unique_ptr<Sandbox>> all;
        auto& one = all[rung];
        if (!one) one = make_sandbox(rung);
        return *one;
    }

    TempDir dir;
    Sandbox& sandbox;
    SandboxJob job;
};

/// How many processes of this machine have the word in their command line.
inline int processes_with(const std::string& word) {
    int count = 0;
    for (const auto& process : fs::directory_iterator("/proc")) {
        std::error_code error;
        if (!fs::exists(process.path() / "cmdline", error)) continue;
        try {
            if (read_file(process.path() / "cmdline").find(word) != std::string::npos) ++count;
        } catch (const std::exception&) {
            // It ended in the meantime.
        }
    }
    return count;
}

}  // namespace stet::test

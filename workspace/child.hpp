#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace stet::workspace {

/// A program to run to its end, with what it writes.
struct Child {
    std::vector<std::string> argv;         ///< argv[0] is a path.
    std::vector<std::string> environment;  ///< "NAME=value"; nothing else reaches it.
    std::filesystem::path directory;       ///< Empty: ours.
    bool with_status = false;              ///< Descriptor 3 is a pipe, read into `ChildOutcome::status`.
    std::chrono::milliseconds timeout{0};
    std::uint64_t output_bytes_max = 0;
    int stop_descriptor = -1;  ///< When it becomes readable, the program is ended as if its time were up.
    /// How to end it when the time is up, from what stood in its status by then; false when that
    /// can't be told. Otherwise, or when it is still there two seconds later, its process group is killed.
    std::function<bool(const std::string& status)> stop;
};

struct ChildOutcome {
    int start_error = 0;  ///< An errno: it was never started.
    int exit_code = -1;   ///< −1 when a signal ended it.
    int signal = 0;
    bool timed_out = false;
    bool stopped = false;  ///< By `stop_descriptor`; not timed out then.
    std::string output;
    std::uint64_t output_cut_bytes = 0;
    std::string status;
    std::chrono::milliseconds duration{0};
};

/// Runs it: stdin is /dev/null, stdout and stderr are one pipe, signals are as a login shell has them,
/// no other descriptor of ours is inherited. When it has ended, what it left in its process group is
/// killed. Thread: any. Throws Trouble when the machine has no pipes or descriptors left.
ChildOutcome run_child(const Child& child);

}  // namespace stet::workspace

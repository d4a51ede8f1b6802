#pragma once

#include "tests/support/memory_log.hpp"

#include <stet/door/replay.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stet::test {

/// One bit of one answer at the tool boundary, changed while it is recorded.
struct Twist {
    std::size_t answer = 0, byte = 0;
    unsigned bit = 0;
};

/// A run like the demo's: a model that is busy at first, tools of the files world of which one call fails, a
/// change of the workspace after each call that makes one, a check that passes.
struct Story {
    MemoryLog log;
    std::vector<std::string> answers;
};
Story tell_story(const std::optional<Twist>& twist = {});

/// Writes what the log holds into a file through the normal writer, which chains and seals it.
void write_log(const MemoryLog& log, const std::filesystem::path& path);

/// Replays in the files world, the check included, which looks at the tree.
ReplayReport replay_story(EventSource& source);

}  // namespace stet::test

#pragma once

#include "tools/arguments.hpp"
#include "tools/home.hpp"
#include "tools/world_shelf.hpp"

#include <stet/replay_report.hpp>

namespace stet {

/// Replays runs, one after the other, as the command line asks: with what one thread needs for it.
class Replayer {
public:
    /// `arguments` must outlive it.
    explicit Replayer(const ReplayArguments& arguments)
        : arguments_(arguments), shelf_(arguments.world, arguments.data) {}

    /// Throws Trouble, and Interrupted when a signal ended a check. `late`: checks that are asked for
    /// besides.
    ReplayReport replay(const OpenedRun& run, const std::vector<CheckSpec>& late = {});

private:
    ReplayReport replay_episode(EventSource& source, const EpisodeSpec& episode,
                                const std::vector<CheckSpec>& late);
    ReplayReport replay_workspace(const OpenedRun& run, EventSource& source,
                                  const std::vector<CheckSpec>& late);

    const ReplayArguments& arguments_;
    WorldShelf shelf_;
};

/// The Begin of a trajectory; empty when it has none.
std::optional<Begin> begin_of(EventSource& source);

/// Adds the report to the log of a sealed trajectory, vouched for.
void keep_report(Log& log, const TrajectorySummary& summary, const ReplayReport& report, Level level);

/// Rebuilds the final workspace. False when something is missing: what there is, is written, and the rest is
/// said.
bool keep_tree(const std::filesystem::path& directory, EventSource& source);

}  // namespace stet

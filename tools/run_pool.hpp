#pragma once

#include "tools/home.hpp"
#include "tools/replayer.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace stet {

/// What is done with one run, on any of several threads, each with a replayer of its own. False: it has to be
/// done on the main thread (checks of workspaces wait for signals, which only that one may).
using RunWork = std::function<bool(std::size_t index, OpenedRun& run, Replayer& replayer, bool main_thread)>;

/// Does the work for every run, `threads` at a time (0: one on each core), with a progress bar where somebody
/// looks. What went wrong with single runs is returned by their index (empty: nothing). Throws what the work
/// throws besides Trouble.
std::vector<std::string> for_each_run(const std::vector<Located>& runs, const ReplayArguments& arguments,
                                      const std::string& what, const RunWork& work);

}  // namespace stet

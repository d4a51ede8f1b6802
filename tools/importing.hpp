#pragma once

#include "tools/arguments.hpp"

#include <stet/trajectory.hpp>

#include <cstddef>
#include <filesystem>
#include <set>
#include <vector>

namespace stet {

/// What became of an import.
struct Imported {
    std::filesystem::path log;       ///< Empty when nothing was new.
    std::vector<TrajectoryId> made;  ///< In the order of the files.
    std::size_t trials = 0, failed = 0;
};

/// Imports what the arguments name into one new log; trials in `known` are passed over. What is wrong with
/// single trials is said. Throws Trouble.
Imported import_runs(const ImportArguments& arguments, std::set<TrajectoryId> known);

/// The published sets in a directory, each in a folder of its own (results in it or in its dev/, initial
/// states in its db/), imported into new logs in `where`. Folders that hold no runs are passed over, and
/// named.
std::vector<Imported> import_corpus(const std::filesystem::path& corpus, const std::filesystem::path& where);

}  // namespace stet

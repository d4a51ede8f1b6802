#pragma once

#include "tools/arguments.hpp"
#include "tools/home.hpp"

#include <stet/replay_report.hpp>

#include <optional>
#include <string>
#include <vector>

namespace stet {

/// What became of one run among many.
struct Replayed {
    TrajectorySummary summary;
    std::filesystem::path log;
    std::string set;  ///< What it is counted under: its world, or "workspace".
    std::optional<ReplayReport> report;
    std::string trouble;  ///< Why there is none.
};

/// Replays all of them on so many threads as there are cores (or the arguments say), with a progress bar
/// where somebody looks. The order is that of the ids, whatever order they came in and however many threads.
std::vector<Replayed> replay_all(const ReplayArguments& arguments, std::vector<Located> runs);

/// Adds the reports to the logs.
void keep_reports(const std::vector<Replayed>& all, Level level);

/// For people: a line for each set, what diverged first, and every check that was not confirmed.
void print_table(const std::vector<Replayed>& all, Level level);
/// A report on each line, then one of the sums.
void print_json(const std::vector<Replayed>& all, Level level);
/// The gravest of all.
int exit_code(const std::vector<Replayed>& all, Level level);

}  // namespace stet

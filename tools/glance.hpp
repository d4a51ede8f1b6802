#pragma once

#include "tools/vouch.hpp"

#include <stet/event.hpp>
#include <stet/readings.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stet {

struct OpenedRun;

/// What a list shows of a run, and what runs are chosen by: one pass over its events, hardly a payload read.
struct Glance {
    TrajectorySummary summary;
    Begin begin;
    std::optional<End> end;
    std::string model;  ///< The first that answered.
    std::set<Step> steps;
    std::vector<Outcome> outcomes;  ///< Of the verdicts; a check that was declared and has none: not_run.
    std::int64_t duration_us = 0;
    std::size_t failures = 0, retries = 0, recoveries = 0;
    std::optional<FoundReplay> replay;
};

/// Believes the readings that lie beside the log when it was made here; makes them again when not.
Glance glance_at(const OpenedRun& run);

/// The word for several verdicts together: the worst one; empty when there is none.
std::string worst_word(const std::vector<Outcome>& outcomes);

}  // namespace stet

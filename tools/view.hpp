#pragma once

#include "tools/vouch.hpp"

#include <stet/audit.hpp>
#include <stet/event_source.hpp>
#include <stet/readings.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

struct OpenedRun;

/// A tool call as a person wants to see it.
struct CallView {
    Seq seq;
    std::string tool;
    std::string arguments;  ///< Shortened.
    std::string shown;      ///< The first line of what came back.
    bool answered = false;
    std::vector<std::uint32_t> failures;  ///< Numbers in the readings.
    std::vector<std::uint32_t> tries;     ///< Failures that this call tried to overcome.
};

/// What changed on disk.
struct ChangeView {
    Seq seq;
    char mark = 'M';  ///< A created, M changed, D deleted.
    std::string path;
    int added = 0, removed = 0;  ///< Lines; -1 each for what is no text.
};

struct StepView {
    Step step;
    std::int64_t began_us = 0, ended_us = 0;
    std::string actor;
    std::string text;  ///< What the assistant said, shortened.
    Usage usage;
    std::optional<double> cost_usd;
    std::uint32_t attempts = 0;
    std::vector<std::uint32_t> wire_failures;
    std::vector<CallView> calls;
    std::vector<ChangeView> changes;
    bool ambiguous = false;
};

struct CheckView {
    Verdict verdict;
    std::string command, sandbox, output;
};

/// A run as `show` wants it: one pass over its events, payloads only as far as they are shown.
struct RunView {
    TrajectorySummary summary;
    Begin begin;
    std::optional<End> end;
    std::vector<StepView> steps;
    std::vector<std::string> models, dialects;
    std::uint32_t model_calls = 0, attempts = 0, tool_calls = 0;
    Usage usage;
    std::optional<double> cost_usd;
    std::vector<CheckView> checks;
    std::vector<ChangeView> changed;  ///< Over the whole run.
    std::vector<std::pair<Seq, Gap>> gaps;
    std::map<std::string, std::uint32_t> redactions;
    Readings readings;
    std::optional<FoundReplay> replay;  ///< The newest in the log.
    std::vector<AuditField> audit;
    std::int64_t duration_us = 0;

    /// The word for all verdicts together: the worst one; empty when there was none.
    std::string verdict_word() const;
};

/// Its readings are made anew: those that lie beside a log may be anybody's.
RunView view_run(const OpenedRun& run);

}  // namespace stet

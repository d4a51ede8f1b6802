#pragma once

#include <stet/event_source.hpp>
#include <stet/readings.hpp>
#include <stet/replay_report.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// One event of a record: the same columns for all, most of them null.
struct RecordRow {
    const char* kind = "";
    Event event;  ///< Its envelope; the body is not looked at.
    std::optional<std::string> role, text, reasoning, call_id, tool, boundary, arguments_raw;
    std::optional<bool> arguments_valid;
    std::optional<std::int64_t> attempt;
    std::optional<std::string> status, failure_class, fault;
    std::optional<std::int64_t> truncated_bytes;
    std::optional<Digest> state_before, state_after;
    std::optional<std::string> edits_json;
    std::optional<Digest> payload;
    std::optional<std::string> detail_json;
};

/// What a record says besides its rows.
struct RecordFacts {
    Begin begin;
    std::optional<Snapshot> snapshot;
    std::optional<End> end;
    std::vector<CheckSpec> specs;
    struct Checked {
        VerdictGiven verdict;
        std::optional<CheckResult> result;
        std::optional<CheckSpec> spec;
    };
    std::vector<Checked> checked;
    std::optional<std::string> tools_json, sampling_json;
    std::optional<Digest> tools_digest;
    std::vector<std::string> requested, served, dialects;
    Usage usage;
    std::optional<double> cost_usd;
    std::map<std::string, std::int64_t> redactions;
    std::int64_t interventions = 0;
    std::vector<std::pair<Seq, Gap>> gaps;
    std::uint32_t last_seq = 0;
};

/// Reads a trajectory once; fills both.
void read_rows(EventSource& source, const Readings& readings, std::vector<RecordRow>& rows,
               RecordFacts& facts);

/// The canonical record: one JSON line (docs/record.schema.json).
std::string record_line(EventSource& source, const Readings& readings, const ReplayReport* report,
                        Level level);

}  // namespace stet

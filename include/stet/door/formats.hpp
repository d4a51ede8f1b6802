#pragma once

#include <stet/event_source.hpp>
#include <stet/readings.hpp>
#include <stet/replay_report.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// The formats room: training records out (other people's files in, later).

struct ExportOptions {
    enum class Format : std::uint8_t { record, sft };
    Format format = Format::record;
    bool require_rederived = false;  ///< Only what a replay confirmed.
    Level level = level_default;     ///< What "confirmed" asks of fidelity.
};

/// One trajectory's records, each one JSON line without its line end, or why there are none.
struct Exported {
    std::vector<std::string> lines;
    std::vector<std::string> left_out;  ///< One line each: what was left out, and why.
};

/// `report`: the newest replay report among the addenda (or a fresh one); null when there is none.
Exported export_records(EventSource& source, const Readings& readings, const ReplayReport* report,
                        const ExportOptions& options);

/// The JSON Schema (2020-12) that every line of format `record` satisfies.
std::string_view record_schema();

}  // namespace stet

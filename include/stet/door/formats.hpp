#pragma once

#include <stet/event_sink.hpp>
#include <stet/event_source.hpp>
#include <stet/readings.hpp>
#include <stet/replay_report.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// The formats room: training records out, other people's files in.

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

// ---- import ------------------------------------------------------------------------------------------

/// A file of somebody else's, whole.
struct ImportFile {
    std::string name;  ///< As errors call it.
    std::string text;
};

/// One trial in such files: its pieces of JSON as they stand there, the trial itself first, then what it
/// refers to (its task).
struct ImportTrial {
    TrajectoryId id;  ///< Made of the pieces: the same trial has the same id on every machine.
    std::vector<std::string_view> pieces;
};

/// What a trial's trajectory is to hold.
struct ImportedTrajectory {
    std::string name;
    std::int64_t begun_wall_ms = 0;  ///< 0 where the file does not say.
    std::vector<Draft> drafts;       ///< The first is the Begin, the last the End.
};

/// Completes the episode of a world that a trajectory is re-executed in; empty when the world is not here.
using EpisodeOf = std::function<std::optional<EpisodeSpec>(std::string_view world)>;

/// Contract: reads one benchmark's result files. Pure; the drafts cite the pieces by range, as
/// ImportedRecord events hold them, and nothing of a piece is lost. What was executed stands at the tool
/// boundary, what a model saw at the model's; what the file lacks stands among the record's losses.
class Importer {
public:
    virtual ~Importer() = default;
    /// Does the file look like one of this format's: runs, or what they refer to?
    virtual bool wants(const ImportFile& file) const = 0;
    /// The views go into `files`, which must outlive them. An error says file, line and what is wrong.
    [[nodiscard]] virtual Result<std::vector<ImportTrial>> split(
        const std::vector<ImportFile>& files) const = 0;
    /// `pieces`: of one trial, without secrets.
    [[nodiscard]] virtual Result<ImportedTrajectory> read(const std::vector<std::string>& pieces,
                                                          const EpisodeOf& episode) const = 0;
};

/// By format ("tau-bench"). An error lists the formats that there are.
[[nodiscard]] Result<std::unique_ptr<Importer>> make_importer(std::string_view format);
std::vector<std::string_view> import_formats();

}  // namespace stet

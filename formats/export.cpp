#include "formats/record.hpp"
#include "formats/sft.hpp"
#include "formats/transcript.hpp"

#include <stet/door/formats.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

/// Why the trajectory may not be exported; empty when it may.
std::string refusal(const EventSource& source, const ReplayReport* report, const ExportOptions& options) {
    if (source.summary().standing == Standing::recording) return "it is still being recorded";
    if (!options.require_rederived) return {};
    if (report == nullptr) return "it was not replayed yet: run `stet replay` on it first";
    const auto found = headline(*report, options.level);
    if (found == Headline::confirmed) return {};
    for (const auto& check : report->checks) {
        if (check.outcome == CheckOutcome::confirmed) continue;
        return fmt::format("its replay was {}: check {} {}{}{}", to_string(found), check.name,
                           to_string(check.outcome), check.cause.empty() ? "" : ": ", check.cause);
    }
    return fmt::format("its replay was {} (fidelity {}, asked for {})", to_string(found),
                       to_string(report->fidelity), to_string(options.level));
}

}  // namespace

Exported export_records(EventSource& source, const Readings& readings, const ReplayReport* report,
                        const ExportOptions& options) {
    Exported out;
    if (auto why = refusal(source, report, options); !why.empty()) {
        out.left_out.push_back(std::move(why));
        return out;
    }
    if (options.format == ExportOptions::Format::record) {
        out.lines.push_back(record_line(source, readings, report, options.level));
        return out;
    }
    const auto all = transcripts(source, readings);
    if (all.empty()) out.left_out.push_back("it has no model conversation");
    for (const auto& conversation : all) {
        auto line = sft_line(conversation, out.left_out);
        if (!line.empty()) out.lines.push_back(std::move(line));
    }
    return out;
}

}  // namespace stet

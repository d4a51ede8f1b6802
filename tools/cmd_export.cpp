#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/say.hpp"
#include "tools/view.hpp"

#include <stet/door/formats.hpp>

#include <fmt/format.h>

namespace stet {

int export_command(const ExportArguments& arguments) {
    if (arguments.schema) {
        fmt::print("{}\n", record_schema());
        return 0;
    }
    const auto level = parse_level(arguments.level);
    if (!level) throw Trouble("read --level", arguments.level, level.error().what, level.error().hint);
    ExportOptions options;
    options.format = arguments.format == "sft" ? ExportOptions::Format::sft : ExportOptions::Format::record;
    options.require_rederived = arguments.require_rederived;
    options.level = *level;
    std::size_t lines = 0, runs = 0;
    for (const auto& located : find_runs(arguments.runs, arguments.where)) {
        const auto run = open_run(located);
        const auto source = run.log.source(run.summary.id);
        const auto readings = annotate(*source);
        source->seek(Seq{0});
        const auto replay = newest_replay(*source);
        const bool verified = replay && replay->verified;
        if (replay && !verified)
            say(fmt::format("{}: its replay report was not made here: it is not believed",
                            to_string(run.summary.id).substr(0, 10)));
        const auto out = export_records(*source, readings, verified ? &replay->report : nullptr, options);
        for (const auto& line : out.lines)
            fmt::print("{}\n", line);
        for (const auto& why : out.left_out)
            say(fmt::format("left out of {}: {}", to_string(run.summary.id).substr(0, 10), why));
        lines += out.lines.size();
        ++runs;
    }
    say(fmt::format("{} record{} of {} run{}", lines, lines == 1 ? "" : "s", runs, runs == 1 ? "" : "s"));
    return 0;
}

}  // namespace stet

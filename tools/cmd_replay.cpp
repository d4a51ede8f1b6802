#include "tools/commands.hpp"
#include "tools/importing.hpp"
#include "tools/interruption.hpp"
#include "tools/render.hpp"
#include "tools/replay_many.hpp"
#include "tools/replayer.hpp"
#include "tools/say.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

void print_report(const OpenedRun& run, const ReplayReport& report, Level level) {
    const auto color = paint();
    const auto found = headline(report, level);
    const char* tint = found == Headline::confirmed      ? color.green
                       : found == Headline::unverifiable ? color.yellow
                                                         : color.red;
    fmt::print("{}{}{}  {}  {}{}\n", tint, to_string(found), color.plain,
               to_string(run.summary.id).substr(0, 10), safe(report.how),
               !report.prefix_only                           ? ""
               : run.summary.standing == Standing::recording ? "  (still being recorded: only its prefix)"
                                                             : "  (torn: only its prefix)");
    fmt::print("  fidelity {}: {} calls", to_string(report.fidelity), report.calls);
    for (const auto one : {Level::bytes, Level::value, Level::normalised, Level::effect, Level::none}) {
        const auto count = report.at_level[static_cast<std::size_t>(one)];
        if (count > 0) fmt::print(", {} at {}", count, to_string(one));
    }
    fmt::print("; {} of {} states equal\n", report.states_equal, report.states);
    for (const auto& divergence : report.divergences) {
        fmt::print("  {}≠ seq {}{} {} {}\n", color.red, divergence.at.value, color.plain, divergence.cause,
                   safe(divergence.where));
        fmt::print("      recorded {}\n      live     {}\n", short_line(divergence.recorded, 120),
                   short_line(divergence.live, 120));
    }
    for (const auto& check : report.checks) {
        fmt::print("  check {}: {} (recorded {}, derived {}{}{}{})\n", safe(check.name),
                   to_string(check.outcome), to_string(check.recorded),
                   check.derived ? to_string(*check.derived) : "nothing",
                   check.how.empty() ? "" : " " + safe(check.how),
                   check.cause.empty() ? "" : "; cause: ", both_ends(check.cause, 200));
        for (const auto& note : check.notes)
            fmt::print("    note: {}\n", safe(note));
    }
    if (report.checks.empty()) fmt::print("  no check was recorded\n");
}

int replay_single(const ReplayArguments& arguments, const Located& located, Level level) {
    auto run = open_run(located);
    int code = 0;
    if (arguments.keep && !keep_tree(*arguments.keep, *run.log.source(run.summary.id))) code = 2;
    const auto report = Replayer(arguments).replay(run);
    // What was judged in the recording's place is no replay of it.
    if (!arguments.dry && !arguments.workspace) keep_report(run.log, run.summary, report, level);
    if (arguments.json)
        fmt::print("{}\n", to_json(report, level));
    else
        print_report(run, report, level);
    return code == 2 ? 2 : exit_code(headline(report, level));
}

int replay_several(const ReplayArguments& arguments, std::vector<Located> runs, Level level) {
    const auto all = replay_all(arguments, std::move(runs));
    if (!arguments.dry && !arguments.workspace) keep_reports(all, level);
    if (arguments.json)
        print_json(all, level);
    else
        print_table(all, level);
    return exit_code(all, level);
}

/// Imported for this once: nothing stays. What a log salts by chance is left out of the reports, so that they
/// are the same each time.
int replay_corpus(const ReplayArguments& arguments, Level level) {
    const ScratchDirectory scratch;
    std::vector<Located> runs;
    for (const auto& imported : import_corpus(*arguments.corpus, scratch.path())) {
        for (auto& summary : Log::open(imported.log).list())
            runs.push_back({imported.log, std::move(summary)});
    }
    if (runs.empty())
        throw Trouble("replay corpus", arguments.corpus->string(),
                      "no folder in it holds runs that can be read", "see docs/worlds.md");
    auto all = replay_all(arguments, std::move(runs));
    for (auto& one : all) {
        if (one.report) one.report->root = {};
    }
    if (arguments.json)
        print_json(all, level);
    else
        print_table(all, level);
    return exit_code(all, level);
}

/// All that were imported, or those that are named.
std::vector<Located> chosen(const ReplayArguments& arguments) {
    if (!arguments.imported) return find_runs(arguments.runs, arguments.where);
    auto all = find_imported();
    if (all.empty())
        throw Trouble("find imported runs", "", "there are none", "`stet import FORMAT FILE…` makes some");
    return all;
}

}  // namespace

int replay_command(const ReplayArguments& arguments) {
    const auto level = parse_level(arguments.level);
    if (!level) throw Trouble("read --level", arguments.level, level.error().what, level.error().hint);
    try {
        if (arguments.corpus) return replay_corpus(arguments, *level);
        auto runs = chosen(arguments);
        if (runs.size() == 1) return replay_single(arguments, runs.front(), *level);
        if (arguments.keep) throw Trouble("replay", "", "--keep rebuilds one workspace", "name one run");
        return replay_several(arguments, std::move(runs), *level);
    } catch (const Interrupted& interrupted) {
        say("replay: interrupted; nothing was added to the logs");
        return 128 + interrupted.signal;
    }
}

}  // namespace stet

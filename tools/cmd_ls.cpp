#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/view.hpp"
#include "tools/where.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

void print_json(const OpenedRun& run, const RunView& view) {
    JsonWriter json;
    json.open('{').key("id").string(to_string(run.summary.id)).key("name").string(run.summary.name);
    json.key("standing")
        .string(to_string(run.summary.standing))
        .key("begun_ms")
        .integer(run.summary.begun_wall_ms);
    json.key("duration_ms").integer(view.duration_us / 1000).key("events").integer(run.summary.events);
    json.key("steps").integer(static_cast<std::int64_t>(view.steps_taken()));
    json.key("failures").integer(static_cast<std::int64_t>(view.readings.failures.size()));
    json.key("retries").integer(static_cast<std::int64_t>(view.readings.retries.size()));
    json.key("recoveries").integer(static_cast<std::int64_t>(view.readings.recoveries.size()));
    json.key("verdict");
    if (view.checks.empty())
        json.null();
    else
        json.string(view.verdict_word());
    json.key("replay");
    if (view.replay)
        json.string(to_string(headline(view.replay->report, Level::effect)));
    else
        json.null();
    json.key("replay_verified").boolean(view.replay && view.replay->verified);
    json.key("log").string(run.path.string()).close('}');
    fmt::print("{}\n", json.text());
}

/// With a "?" where somebody else says so.
std::string replay_word(const RunView& view) {
    if (!view.replay) return "-";
    return fmt::format("{}{}", to_string(headline(view.replay->report, Level::effect)),
                       view.replay->verified ? "" : "?");
}

void print_row(const OpenedRun& run, const RunView& view) {
    const auto what = view.begin.instruction ? *view.begin.instruction
                                             : fmt::format("{}", fmt::join(view.begin.agent_argv, " "));
    fmt::print("{:<10} {:<19} {:<9} {:>9} {:>5} {:>4} {:>4} {:<7} {:<12} {:<14} {}\n",
               to_string(run.summary.id).substr(0, 10), time_text(run.summary.begun_wall_ms),
               to_string(run.summary.standing), duration_text(view.duration_us), view.steps_taken(),
               view.readings.failures.size(), view.readings.recoveries.size(),
               view.checks.empty() ? "-" : view.verdict_word(), replay_word(view),
               run.summary.name.empty() ? "-" : short_line(run.summary.name, 14), short_line(what, 40));
}

}  // namespace

int ls_command(const LsArguments& arguments) {
    const auto conditions = parse_where(arguments.where);
    if (!conditions) throw Trouble("read --where", "", conditions.error().what, conditions.error().hint);
    const auto skipped = [](const std::string& line) { fmt::print(stderr, "stet: {}\n", safe(line)); };
    const auto all = open_catalogue(home() / "runs")->list(skipped);
    if (all.empty())
        fmt::print(stderr, "stet: no runs yet in {}; record one: stet run -- COMMAND\n",
                   (home() / "runs").string());
    bool header = arguments.json;
    for (const auto& located : all) {
        OpenedRun run{located.log, located.summary, OpenedLog(Log::open(located.log))};
        RunView view;
        try {
            if (!holds(*conditions, facts_of(run))) continue;
            view = view_run(run);
        } catch (const Trouble& trouble) {
            skipped(trouble.what());  // One bad log is no reason to hide the others.
            continue;
        }
        if (!header) {
            fmt::print("{:<10} {:<19} {:<9} {:>9} {:>5} {:>4} {:>4} {:<7} {:<12} {:<14} {}\n", "ID", "BEGUN",
                       "STANDING", "TOOK", "STEPS", "FAIL", "RECV", "VERDICT", "REPLAY", "NAME", "TASK");
            header = true;
        }
        if (arguments.json)
            print_json(run, view);
        else
            print_row(run, view);
    }
    return 0;
}

}  // namespace stet

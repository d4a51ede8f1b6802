#include "tools/commands.hpp"
#include "tools/glance.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"
#include "tools/where.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

void print_json(const OpenedRun& run, const Glance& glance) {
    const auto verdict = glance.outcomes.empty() ? std::nullopt : std::optional(worst_word(glance.outcomes));
    std::optional<Headline> replay;
    if (glance.replay) replay = headline(glance.replay->report, level_default);
    JsonWriter json;
    json.open('{').member("id", run.summary.id).member("name", run.summary.name);
    json.member("standing", run.summary.standing).member("begun_ms", run.summary.begun_wall_ms);
    json.member("duration_ms", glance.duration_us / 1000).member("events", run.summary.events);
    json.member("steps", glance.steps.size()).member("failures", glance.failures);
    json.member("retries", glance.retries).member("recoveries", glance.recoveries);
    json.member("exit_code", glance.end ? glance.end->exit_code : std::nullopt);
    json.member("signal", glance.end ? glance.end->signal : std::nullopt);
    json.member("verdict", verdict).member("replay", replay);
    json.member("replay_verified", glance.replay && glance.replay->verified);
    json.member("log", run.path.string()).close('}');
    fmt::print("{}\n", json.text());
}

/// With a "?" where somebody else says so.
std::string replay_word(const Glance& glance) {
    if (!glance.replay) return "-";
    return fmt::format("{}{}", to_string(headline(glance.replay->report, level_default)),
                       glance.replay->verified ? "" : "?");
}

void print_row(const OpenedRun& run, const Glance& glance) {
    const auto what = glance.begin.instruction ? *glance.begin.instruction
                                               : fmt::format("{}", fmt::join(glance.begin.agent_argv, " "));
    fmt::print("{:<10} {:<19} {:<9} {:>9} {:>5} {:>4} {:>4} {:<7} {:<12} {:<14} {}\n",
               to_string(run.summary.id).substr(0, 10), time_text(run.summary.begun_wall_ms),
               to_string(run.summary.standing), duration_text(glance.duration_us), glance.steps.size(),
               glance.failures, glance.recoveries,
               glance.outcomes.empty() ? "-" : worst_word(glance.outcomes), replay_word(glance),
               run.summary.name.empty() ? "-" : short_line(run.summary.name, 14), short_line(what, 40));
}

}  // namespace

int ls_command(const LsArguments& arguments) {
    const auto conditions = parse_where(arguments.where);
    if (!conditions) throw Trouble("read --where", "", conditions.error().what, conditions.error().hint);
    const auto all = open_catalogue(home() / "runs")->list(say);
    if (all.empty())
        say(fmt::format("no runs yet in {}; record one: stet run -- COMMAND", (home() / "runs").string()));
    bool header = arguments.json;
    for (const auto& located : all) {
        OpenedRun run{located.log, located.summary, Log::open(located.log)};
        Glance glance;
        try {
            glance = glance_at(run);
        } catch (const Trouble& trouble) {
            say(trouble.what());  // One bad log is no reason to hide the others.
            continue;
        }
        if (!holds(*conditions, facts_of(glance))) continue;
        if (!header) {
            fmt::print("{:<10} {:<19} {:<9} {:>9} {:>5} {:>4} {:>4} {:<7} {:<12} {:<14} {}\n", "ID", "BEGUN",
                       "STANDING", "TOOK", "STEPS", "FAIL", "RECV", "VERDICT", "REPLAY", "NAME", "TASK");
            header = true;
        }
        if (arguments.json)
            print_json(run, glance);
        else
            print_row(run, glance);
    }
    return 0;
}

}  // namespace stet

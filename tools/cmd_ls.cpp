#include "tools/commands.hpp"
#include "tools/glance.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/where.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

void print_json(const OpenedRun& run, const Glance& glance) {
    const auto integer = [](std::size_t count) { return static_cast<std::int64_t>(count); };
    const auto put = [](JsonWriter& json, const char* key, const std::optional<int>& value) {
        json.key(key);
        if (value)
            json.integer(*value);
        else
            json.null();
    };
    JsonWriter json;
    json.open('{').key("id").string(to_string(run.summary.id)).key("name").string(run.summary.name);
    json.key("standing").string(to_string(run.summary.standing));
    json.key("begun_ms").integer(run.summary.begun_wall_ms);
    json.key("duration_ms").integer(glance.duration_us / 1000).key("events").integer(run.summary.events);
    json.key("steps").integer(integer(glance.steps.size()));
    json.key("failures").integer(integer(glance.failures));
    json.key("retries").integer(integer(glance.retries));
    json.key("recoveries").integer(integer(glance.recoveries));
    put(json, "exit_code", glance.end ? glance.end->exit_code : std::nullopt);
    put(json, "signal", glance.end ? glance.end->signal : std::nullopt);
    json.key("verdict");
    if (glance.outcomes.empty())
        json.null();
    else
        json.string(worst_word(glance.outcomes));
    json.key("replay");
    if (glance.replay)
        json.string(to_string(headline(glance.replay->report, Level::effect)));
    else
        json.null();
    json.key("replay_verified").boolean(glance.replay && glance.replay->verified);
    json.key("log").string(run.path.string()).close('}');
    fmt::print("{}\n", json.text());
}

/// With a "?" where somebody else says so.
std::string replay_word(const Glance& glance) {
    if (!glance.replay) return "-";
    return fmt::format("{}{}", to_string(headline(glance.replay->report, Level::effect)),
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
    const auto skipped = [](const std::string& line) { fmt::print(stderr, "stet: {}\n", safe(line)); };
    const auto all = open_catalogue(home() / "runs")->list(skipped);
    if (all.empty())
        fmt::print(stderr, "stet: no runs yet in {}; record one: stet run -- COMMAND\n",
                   (home() / "runs").string());
    bool header = arguments.json;
    for (const auto& located : all) {
        OpenedRun run{located.log, located.summary, Log::open(located.log)};
        Glance glance;
        try {
            glance = glance_at(run);
        } catch (const Trouble& trouble) {
            skipped(trouble.what());  // One bad log is no reason to hide the others.
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

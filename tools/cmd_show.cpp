#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/lines.hpp"
#include "tools/render.hpp"
#include "tools/view.hpp"
#include "tools/view_json.hpp"

#include <stet/event_codec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace stet {
namespace {

constexpr std::size_t width = 100;

void print_line(std::string_view word, std::string_view text) {
    fmt::print("{:<9}{}\n", word, text);
}

std::string failure_text(const RunView& view, std::uint32_t number, const Paint& color) {
    const auto& failure = view.readings.failures[number];
    auto text = fmt::format("{}✗ {}{} ({}) {}", color.red, failure.failure_class, color.plain,
                            to_string(failure.fault), short_line(failure.what, 60));
    for (const auto& retry : view.readings.retries) {
        if (retry.of == number)
            text += fmt::format("  {}↻ {} ×{}{}", color.yellow, to_string(retry.kind), retry.attempts.size(),
                                color.plain);
    }
    for (const auto& recovery : view.readings.recoveries) {
        if (recovery.of != number) continue;
        text += recovery.steps == 0
                    ? fmt::format("  {}✔ recovered{}", color.green, color.plain)
                    : fmt::format("  {}✔ recovered {} step{} later{}", color.green, recovery.steps,
                                  recovery.steps == 1 ? "" : "s", color.plain);
    }
    return text;
}

void print_head(const RunView& view, const Paint& color) {
    const auto& begin = view.begin;
    fmt::print("{}{}{}  {}  {}  {}  {}\n", color.bold,
               view.summary.name.empty() ? "run" : safe(view.summary.name), color.plain,
               to_string(view.summary.id).substr(0, 10), to_string(view.summary.standing),
               time_text(view.summary.begun_wall_ms), duration_text(view.duration_us));
    if (begin.instruction) print_line("task", short_line(*begin.instruction, width));
    print_line("agent", short_line(fmt::format("{}", fmt::join(begin.agent_argv, " ")), width));
    if (view.model_calls == 0) return;
    auto told = fmt::format("{} · {} calls in {} attempts · {} tokens in, {} out",
                            view.models.empty() ? "?" : safe(fmt::format("{}", fmt::join(view.models, ", "))),
                            view.model_calls, view.attempts, count_text(view.usage.input),
                            count_text(view.usage.output));
    if (view.usage.cache_read.value_or(0) > 0)
        told += fmt::format(" ({} from cache)", count_text(view.usage.cache_read));
    told += view.cost_usd ? fmt::format(" · ${:.4f}", *view.cost_usd) : " · cost unknown";
    print_line("model", told);
}

void print_change(const ChangeView& change, std::string_view lead, const Paint& color) {
    const char* tint = change.mark == 'A' ? color.green : change.mark == 'D' ? color.red : color.yellow;
    const auto counts =
        change.added < 0 ? std::string("binary") : fmt::format("+{} −{}", change.added, change.removed);
    fmt::print("{}{}{}{} {}  {}\n", lead, tint, change.mark, color.plain, safe(change.path), counts);
}

void print_call(const RunView& view, const CallView& call, const Paint& color) {
    std::string tries;
    for (const auto number : call.tries) {
        tries += fmt::format(" {}↻ retries the failure of step {}{}", color.yellow,
                             view.readings.failures[number].step.value, color.plain);
    }
    fmt::print("      {} {}{}\n", safe(call.tool), short_line(call.arguments, 70), tries);
    for (const auto number : call.failures)
        fmt::print("        {}\n", failure_text(view, number, color));
    if (call.failures.empty()) {
        if (!call.answered)
            fmt::print("        {}… no answer was recorded{}\n", color.dim, color.plain);
        else
            fmt::print("        {}→ {}{}\n", color.dim, short_line(call.shown, 76), color.plain);
    }
}

void print_step(const RunView& view, const StepView& step, const Paint& color) {
    if (step.step.value == 0 && step.calls.empty() && step.wire_failures.empty() && step.changes.empty())
        return;
    const auto who = step.actor == "main" ? std::string() : fmt::format("[{}] ", safe(step.actor));
    fmt::print(" {:>3}  {}{}", step.step.value, who,
               step.text.empty() ? std::string() : short_line(step.text, 76));
    if (step.attempts > 0) {
        fmt::print("{}{}{} in, {} out{}", step.text.empty() ? "" : "  ", color.dim,
                   count_text(step.usage.input), count_text(step.usage.output), color.plain);
    }
    fmt::print("\n");
    for (const auto number : step.wire_failures)
        fmt::print("      {}\n", failure_text(view, number, color));
    for (const auto& call : step.calls)
        print_call(view, call, color);
    for (const auto& change : step.changes)
        print_change(change, step.ambiguous ? "        ± ? " : "        ± ", color);
}

void print_checks(const RunView& view, const Paint& color) {
    for (const auto& check : view.checks) {
        const bool pass = check.verdict.outcome == Outcome::pass;
        fmt::print("{:<9}{}{}: {}{} ({}){}\n", "verdict", pass ? color.green : color.red,
                   safe(check.verdict.check), to_string(check.verdict.outcome), color.plain,
                   both_ends(check.verdict.why, 2 * width),
                   check.sandbox.empty()
                       ? ""
                       : fmt::format(" · {} · {}", safe(check.sandbox), short_line(check.command, 60)));
        if (!pass && !check.output.empty()) {
            const auto from = check.output.size() > 600 ? check.output.size() - 600 : 0;
            fmt::print("{}{}{}\n", color.dim, safe_text(check.output.substr(from)), color.plain);
        }
    }
    if (view.checks.empty()) print_line("verdict", "none: no check was given (stet run --check COMMAND)");
    if (!view.replay) return;
    const auto& report = view.replay->report;
    print_line("replay", fmt::format("{} at level {}, {}{}", to_string(headline(report, level_default)),
                                     to_string(report.fidelity), safe(report.how),
                                     view.replay->verified ? "" : " (not verified here)"));
}

void print_foot(const RunView& view) {
    std::uint32_t unrecovered = 0;
    for (const auto& failure : view.readings.failures) {
        const auto& all = view.readings.recoveries;
        if (std::none_of(all.begin(), all.end(),
                         [&](const Recovery& one) { return one.of == failure.number; }))
            ++unrecovered;
    }
    print_line("summary",
               fmt::format("{} failures, {} retries, {} recovered, {} not", view.readings.failures.size(),
                           view.readings.retries.size(), view.readings.recoveries.size(), unrecovered));
    for (const auto& [seq, gap] : view.gaps)
        print_line("gap",
                   fmt::format("at seq {}: {} {}", seq.value, safe(gap.reason), short_line(gap.place, 60)));
    for (const auto& [kind, count] : view.redactions)
        print_line("redacted", fmt::format("{} × {}", count, safe(kind)));
    std::string unknown;
    for (const auto& field : view.audit) {
        for (const auto& missing : field.missing)
            unknown += (unknown.empty() ? "" : ", ") + missing;
    }
    if (!unknown.empty()) print_line("unknown", unknown);
    const auto id = to_string(view.summary.id).substr(0, 10);
    if (view.summary.standing != Standing::recording && !(view.replay && view.replay->verified))
        print_line("next", "stet replay " + id);
    else if (view.summary.standing == Standing::sealed)
        print_line("next", "stet export --format sft --require-rederived " + id);
}

void print_run(const RunView& view) {
    const auto color = paint();
    print_head(view, color);
    fmt::print("steps\n");
    for (const auto& step : view.steps)
        print_step(view, step, color);
    if (!view.changed.empty()) fmt::print("changed\n");
    for (const auto& change : view.changed)
        print_change(change, "      ", color);
    if (view.summary.standing != Standing::recording) print_line("ended", ending_text(view.end));
    print_checks(view, color);
    print_foot(view);
}

/// Prints events as they come until the recorder has ended.
void follow(const std::string& word) {
    Seq next{0};
    for (;;) {
        const auto run = open_run(word);
        const auto source = run.log.source(run.summary.id);
        const bool over = source->summary().standing != Standing::recording;
        source->seek(next);
        while (const auto event = source->next()) {
            fmt::print("{}\n", event_line(*event, *source));
            next = Seq{event->seq.value + 1};
        }
        std::fflush(stdout);
        if (over) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

}  // namespace

int show_command(const ShowArguments& arguments) {
    if (arguments.follow) follow(arguments.run);
    const auto view = view_run(open_run(arguments.run));
    if (arguments.json)
        fmt::print("{}\n", view_json(view));
    else
        print_run(view);
    return 0;
}

}  // namespace stet

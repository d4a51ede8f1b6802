#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/view.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

struct Row {
    std::string what, one, other;
    bool same() const { return one == other; }
};

std::string digest_of_end(const OpenedRun& run) {
    const auto source = run.log.source(run.summary.id);
    std::string digest;
    while (const auto event = source->next()) {
        if (const auto* snapshot = std::get_if<Snapshot>(&event->body))
            digest = to_hex(snapshot->state).substr(0, 12);
        if (const auto* diff = std::get_if<StateDiff>(&event->body))
            digest = to_hex(diff->after).substr(0, 12);
    }
    return digest;
}

/// The run as one line per action, for comparing.
std::vector<std::string> actions_of(const RunView& view) {
    std::vector<std::string> actions;
    for (const auto& step : view.steps) {
        for (const auto& call : step.calls) {
            actions.push_back(
                fmt::format("{} {}{}", call.tool, call.arguments, call.failures.empty() ? "" : " ✗"));
        }
    }
    return actions;
}

std::vector<Row> compare(const OpenedRun& left, const RunView& a, const OpenedRun& right, const RunView& b) {
    const auto number = [](auto value) { return std::to_string(value); };
    return {
        {"task", a.begin.task_id, b.begin.task_id},
        {"agent", fmt::format("{}", fmt::join(a.begin.agent_argv, " ")),
         fmt::format("{}", fmt::join(b.begin.agent_argv, " "))},
        {"model", fmt::format("{}", fmt::join(a.models, ", ")), fmt::format("{}", fmt::join(b.models, ", "))},
        {"steps", number(a.steps.size()), number(b.steps.size())},
        {"attempts", number(a.attempts), number(b.attempts)},
        {"tool calls", number(a.tool_calls), number(b.tool_calls)},
        {"failures", number(a.readings.failures.size()), number(b.readings.failures.size())},
        {"recoveries", number(a.readings.recoveries.size()), number(b.readings.recoveries.size())},
        {"tokens in", count_text(a.usage.input), count_text(b.usage.input)},
        {"tokens out", count_text(a.usage.output), count_text(b.usage.output)},
        {"final state", digest_of_end(left), digest_of_end(right)},
        {"verdict", a.verdict_word(), b.verdict_word()},
    };
}

/// Where the actions part: the index of the first that differ, or the common length.
std::size_t parting(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

void print_json(const std::vector<Row>& rows, const std::vector<std::string>& a,
                const std::vector<std::string>& b, bool same) {
    JsonWriter json;
    json.open('{').key("same").boolean(same).key("rows").open('[');
    for (const auto& row : rows) {
        json.open('{').key("what").string(row.what).key("one").string(row.one).key("other").string(row.other);
        json.key("same").boolean(row.same()).close('}');
    }
    const auto at = parting(a, b);
    json.close(']').key("common_actions").integer(static_cast<std::int64_t>(at)).key("first_difference");
    if (at == a.size() && at == b.size())
        json.null();
    else {
        json.open('{').member("one", at < a.size() ? std::optional(a[at]) : std::nullopt);
        json.member("other", at < b.size() ? std::optional(b[at]) : std::nullopt).close('}');
    }
    fmt::print("{}\n", json.close('}').text());
}

void print_text(const std::vector<Row>& rows, const std::vector<std::string>& a,
                const std::vector<std::string>& b) {
    for (const auto& row : rows) {
        fmt::print("{} {:<12}{:<40}{}\n", row.same() ? " " : "≠", row.what, short_line(row.one, 38),
                   row.same() ? "" : short_line(row.other, 38));
    }
    const auto at = parting(a, b);
    if (at == a.size() && at == b.size()) {
        fmt::print("  actions     the same {}\n", at);
        return;
    }
    fmt::print("≠ actions     the first {} are the same, then:\n", at);
    constexpr std::size_t shown_max = 5;
    for (auto i = at; i < std::min(a.size(), at + shown_max); ++i)
        fmt::print("  − {}\n", short_line(a[i], 100));
    for (auto i = at; i < std::min(b.size(), at + shown_max); ++i)
        fmt::print("  + {}\n", short_line(b[i], 100));
}

}  // namespace

int diff_command(const DiffArguments& arguments) {
    const auto left = open_run(arguments.one), right = open_run(arguments.other);
    const auto a = view_run(left), b = view_run(right);
    const auto rows = compare(left, a, right, b);
    const auto ours = actions_of(a), theirs = actions_of(b);
    const bool same =
        ours == theirs && std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.same(); });
    if (arguments.json)
        print_json(rows, ours, theirs, same);
    else
        print_text(rows, ours, theirs);
    return same ? 0 : 1;
}

}  // namespace stet

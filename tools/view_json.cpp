#include "tools/view_json.hpp"

#include <stet/json.hpp>

namespace stet {
namespace {

void put_usage(JsonWriter& json, const Usage& usage, const std::optional<double>& cost_usd) {
    json.key("usage").open('{');
    json.member("input", usage.input);
    json.member("output", usage.output);
    json.member("cache_read", usage.cache_read);
    json.member("cache_write", usage.cache_write);
    json.member("reasoning", usage.reasoning);
    json.member("cost_usd", cost_usd);
    json.close('}');
}

void put_changes(JsonWriter& json, const char* key, const std::vector<ChangeView>& changes) {
    json.key(key).open('[');
    for (const auto& change : changes) {
        json.open('{').key("path").string(change.path).key("change");
        json.string(change.mark == 'A' ? "created" : change.mark == 'D' ? "deleted" : "changed");
        json.member("lines_added",
                    change.added < 0 ? std::nullopt : std::optional<std::int64_t>(change.added));
        json.member("lines_removed",
                    change.removed < 0 ? std::nullopt : std::optional<std::int64_t>(change.removed));
        json.close('}');
    }
    json.close(']');
}

void put_steps(JsonWriter& json, const RunView& view) {
    json.key("steps").open('[');
    for (const auto& step : view.steps) {
        json.open('{').key("step").integer(step.step.value).key("actor").string(step.actor);
        json.key("began_us").integer(step.began_us).key("ended_us").integer(step.ended_us);
        json.key("text").string(step.text).key("attempts").integer(step.attempts);
        put_usage(json, step.usage, step.cost_usd);
        json.member("failures", step.wire_failures);
        json.key("calls").open('[');
        for (const auto& call : step.calls) {
            json.open('{').key("seq").integer(call.seq.value).key("tool").string(call.tool);
            json.key("arguments").string(call.arguments).key("answered").boolean(call.answered);
            json.key("shown").string(call.shown);
            json.member("failures", call.failures);
            json.member("tries", call.tries);
            json.close('}');
        }
        json.close(']');
        put_changes(json, "changes", step.changes);
        json.key("ambiguous").boolean(step.ambiguous).close('}');
    }
    json.close(']');
}

void put_checks(JsonWriter& json, const RunView& view) {
    json.key("checks").open('[');
    for (const auto& check : view.checks) {
        json.open('{')
            .key("name")
            .string(check.verdict.check)
            .key("verdict")
            .string(to_string(check.verdict.outcome));
        json.key("why").string(check.verdict.why).key("command").string(check.command);
        json.key("sandbox").string(check.sandbox).key("output").string(check.output).close('}');
    }
    json.close(']');
}

void put_rest(JsonWriter& json, const RunView& view) {
    json.key("readings").raw(to_json(view.readings)).key("replay");
    if (view.replay)
        json.raw(to_json(view.replay->report, level_default));
    else
        json.null();
    json.key("replay_verified").boolean(view.replay && view.replay->verified);
    json.key("gaps").open('[');
    for (const auto& [seq, gap] : view.gaps) {
        json.open('{')
            .key("seq")
            .integer(seq.value)
            .key("reason")
            .string(gap.reason)
            .key("place")
            .string(gap.place);
        json.key("bytes").integer(static_cast<std::int64_t>(gap.bytes)).close('}');
    }
    json.close(']').key("redactions").open('{');
    for (const auto& [kind, count] : view.redactions)
        json.key(kind).integer(count);
    json.close('}').key("audit").open('{');
    for (const auto& field : view.audit)
        json.member(field.name.c_str(), field.missing);
    json.close('}');
}

}  // namespace

std::string view_json(const RunView& view) {
    JsonWriter json;
    json.open('{').key("id").string(to_string(view.summary.id)).key("name").string(view.summary.name);
    json.key("standing")
        .string(to_string(view.summary.standing))
        .key("begun_ms")
        .integer(view.summary.begun_wall_ms);
    json.key("duration_us").integer(view.duration_us).key("events").integer(view.summary.events);
    json.key("task_id").string(view.begin.task_id);
    json.member("task", view.begin.instruction);
    json.member("agent", view.begin.agent_argv);
    json.member("exit_code", view.end && view.end->exit_code
                                 ? std::optional<std::int64_t>(*view.end->exit_code)
                                 : std::nullopt);
    json.member("signal",
                view.end && view.end->signal ? std::optional<std::int64_t>(*view.end->signal) : std::nullopt);
    json.member("ending",
                view.end ? std::optional(std::string(word_of(read_ending(*view.end)))) : std::nullopt);
    json.member("models", view.models);
    json.key("model_calls").integer(view.model_calls).key("attempts").integer(view.attempts);
    json.key("tool_calls").integer(view.tool_calls);
    put_usage(json, view.usage, view.cost_usd);
    put_steps(json, view);
    put_changes(json, "changed", view.changed);
    put_checks(json, view);
    put_rest(json, view);
    return json.close('}').take();
}

}  // namespace stet

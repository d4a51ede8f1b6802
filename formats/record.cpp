#include "formats/record.hpp"

#include <stet/audit.hpp>
#include <stet/json.hpp>

namespace stet {
namespace {

std::optional<std::string> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write_task(JsonWriter& json, const RecordFacts& facts) {
    const auto& begin = facts.begin;
    json.key("task").open('{').key("task_id").string(begin.task_id);
    json.member("instruction", begin.instruction);
    json.member("constraints", begin.constraints);
    json.member("allowed", begin.allowed);
    json.member("forbidden", begin.forbidden);
    json.member("policy", begin.policy);
    json.member("initial_state", facts.snapshot ? std::optional(facts.snapshot->state) : std::nullopt);
    json.key("environment").open('{');
    json.member("commit", begin.commit);
    json.member("dirty", begin.dirty);
    json.member("image", begin.image);
    json.member("toolchain", begin.toolchain);
    json.member("permission_mode", begin.permission_mode);
    json.member("excluded", facts.snapshot ? std::optional(facts.snapshot->excluded) : std::nullopt);
    json.close('}');
    json.member("tools_json", facts.tools_json);
    json.member("tools_digest", facts.tools_digest);
    json.member("source", begin.source);
    json.member("licence", begin.licence);
    json.member("split", begin.split);
    json.close('}');
}

void write_row(JsonWriter& json, const RecordRow& row) {
    json.open('{').key("seq").integer(row.event.seq.value).key("kind").string(row.kind);
    json.key("t_ms").integer(row.event.mono_us / 1000).key("step").integer(row.event.step.value);
    json.key("actor").string(row.event.actor);
    json.member("cause",
                row.event.cause ? std::optional<std::int64_t>(row.event.cause->value) : std::nullopt);
    json.member("role", row.role);
    json.member("text", row.text);
    json.member("reasoning", row.reasoning);
    json.member("call_id", row.call_id);
    json.member("tool", row.tool);
    json.member("boundary", row.boundary);
    json.member("arguments_raw", row.arguments_raw);
    json.member("arguments_valid", row.arguments_valid);
    json.member("attempt", row.attempt);
    json.member("status", row.status);
    json.member("failure_class", row.failure_class);
    json.member("fault", row.fault);
    json.member("truncated_bytes", row.truncated_bytes);
    json.member("state_before", row.state_before);
    json.member("state_after", row.state_after);
    json.member("edits_json", row.edits_json);
    json.member("payload", row.payload);
    json.member("detail_json", row.detail_json);
    json.close('}');
}

void write_toolchain(JsonWriter& json, const std::optional<CheckResult>& result) {
    json.key("toolchain");
    if (!result) {
        json.null();
        return;
    }
    json.open('[');
    for (const auto& tool : result->environment.toolchain) {
        json.open('{').key("name").string(tool.name);
        json.member("digest", tool.digest);
        json.close('}');
    }
    json.close(']');
}

void write_verdict(JsonWriter& json, const EventSource& source, const RecordFacts::Checked& checked) {
    const auto& verdict = checked.verdict.verdict;
    const auto& spec = checked.spec;
    const auto& result = checked.result;
    json.open('{').key("check").string(verdict.check).key("kind").string(to_string(verdict.kind));
    json.key("verdict").string(to_string(verdict.outcome)).member("score", verdict.score);
    json.member("why", given(verdict.why));
    json.member("command", spec ? std::optional(spec->command) : std::nullopt);
    json.member("spec_digest", spec ? std::optional(spec->digest) : std::nullopt);
    json.member("protect", spec ? std::optional(spec->protect) : std::nullopt);
    json.member("state", result ? std::optional(result->state) : std::nullopt);
    json.member("sandbox", result ? given(result->environment.sandbox) : std::nullopt);
    write_toolchain(json, result);
    json.member("exit_code", result ? result->exit_code : std::nullopt);
    std::optional<std::string> output;
    if (result && result->output) {
        auto bytes = source.payload(result->output->digest);
        if (bytes) output = *std::move(bytes);
    }
    json.member("output", output);
    json.key("judge").null().close('}');
}

void write_rederived(JsonWriter& json, const ReplayReport* report, Level level) {
    json.key("rederived");
    if (report == nullptr) {
        json.null();
        return;
    }
    json.open('{').key("headline").string(to_string(headline(*report, level)));
    json.key("level").string(to_string(level)).key("fidelity").string(to_string(report->fidelity));
    json.key("how").string(report->how).key("engine").string(report->engine).key("checks").open('[');
    for (const auto& check : report->checks) {
        json.open('{').key("check").string(check.name).key("outcome").string(to_string(check.outcome));
        json.member("derived", check.derived);
        json.member("how", given(check.how));
        json.member("cause", given(check.cause));
        json.close('}');
    }
    json.close(']').close('}');
}

void write_agent(JsonWriter& json, const Begin& begin) {
    json.key("agent").open('{');
    json.member("name", begin.agent_argv.empty() ? std::nullopt : std::optional(begin.agent_argv.front()));
    json.member("version", begin.agent_version);
    json.member("argv", begin.agent_argv);
    json.member("binary_digest", begin.agent_binary);
    json.member("scaffold_digest", begin.agent_configuration);
    json.close('}');
}

void write_usage(JsonWriter& json, const RecordFacts& facts) {
    json.key("usage").open('{');
    json.member("input", facts.usage.input);
    json.member("output", facts.usage.output);
    json.member("cache_read", facts.usage.cache_read);
    json.member("cache_write", facts.usage.cache_write);
    json.member("reasoning", facts.usage.reasoning);
    json.member("cost_usd", facts.cost_usd);
    json.close('}');
}

void write_provenance(JsonWriter& json, const RecordFacts& facts, const TrajectorySummary& summary,
                      const std::optional<std::string>& ending) {
    json.key("provenance").open('{');
    write_agent(json, facts.begin);
    json.key("model").open('{');
    json.member("requested", facts.requested);
    json.member("served", facts.served);
    json.member("dialect", facts.dialects);
    json.key("weights_version").null().close('}');
    json.member("sampling_json", facts.sampling_json);
    write_usage(json, facts);
    json.member("budget_json", facts.begin.budget);
    json.key("recorder").string(facts.begin.recorder);
    json.key("started_at_ms")
        .integer(summary.begun_wall_ms)
        .key("ended_at_ms")
        .integer(summary.ended_wall_ms);
    json.member("ending", ending);
    json.key("human_interventions").integer(facts.interventions).key("redactions").open('{');
    for (const auto& [kind, count] : facts.redactions)
        json.key(kind).integer(count);
    json.close('}').key("lineage").null().close('}');
}

void write_gap(JsonWriter& json, std::string_view code, const std::optional<std::int64_t>& at,
               const std::optional<std::string>& detail) {
    json.open('{').key("code").string(code);
    json.member("at", at);
    json.member("detail", detail);
    json.close('}');
}

void write_gaps(JsonWriter& json, EventSource& source, const RecordFacts& facts) {
    json.key("gaps").open('[');
    for (const auto& [seq, gap] : facts.gaps)
        write_gap(json, gap.reason, seq.value, given(gap.place));
    for (const auto& field : audit(source)) {
        for (const auto& missing : field.missing)
            write_gap(json, "unknown:" + field.name, std::nullopt, missing);
    }
    json.close(']');
}

}  // namespace

std::string record_line(EventSource& source, const Readings& readings, const ReplayReport* report,
                        Level level) {
    std::vector<RecordRow> rows;
    RecordFacts facts;
    read_rows(source, readings, rows, facts);
    const auto& summary = source.summary();
    JsonWriter json;
    json.open('{')
        .key("stet_schema")
        .string("stet.trajectory/1")
        .key("trajectory_id")
        .string(to_string(summary.id));
    json.member("name", given(summary.name));
    json.member("group", facts.begin.group);
    json.member("trial", facts.begin.trial);
    json.key("tags").open('{');
    for (const auto& [key, value] : facts.begin.tags)
        json.key(key).string(value);
    json.close('}').key("forked_from").null();
    write_task(json, facts);
    json.key("events").open('[');
    std::optional<std::string> ending;
    for (const auto& row : rows) {
        write_row(json, row);
        if (std::string_view(row.kind) == "end") ending = row.status;
    }
    json.close(']').key("readings").raw(to_json(readings)).key("verdicts").open('[');
    for (const auto& checked : facts.checked)
        write_verdict(json, source, checked);
    json.close(']');
    write_rederived(json, report, level);
    write_provenance(json, facts, summary, ending);
    write_gaps(json, source, facts);
    json.key("log").open('{');
    json.member("root", summary.root);
    json.key("standing").string(to_string(summary.standing)).key("first_seq").integer(0);
    json.key("last_seq").integer(facts.last_seq).close('}').close('}');
    return json.take();
}

}  // namespace stet

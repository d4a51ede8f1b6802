#include "formats/record.hpp"

#include <stet/audit.hpp>
#include <stet/json.hpp>

namespace stet {
namespace {

void put(JsonWriter& json, std::string_view key, const std::optional<std::string>& value) {
    json.key(key);
    if (value)
        json.string(*value);
    else
        json.null();
}

void put(JsonWriter& json, std::string_view key, const std::optional<std::int64_t>& value) {
    json.key(key);
    if (value)
        json.integer(*value);
    else
        json.null();
}

void put(JsonWriter& json, std::string_view key, const std::optional<bool>& value) {
    json.key(key);
    if (value)
        json.boolean(*value);
    else
        json.null();
}

void put(JsonWriter& json, std::string_view key, const std::optional<Digest>& value) {
    json.key(key);
    if (value && *value)
        json.string(to_string(*value));
    else
        json.null();
}

void put(JsonWriter& json, std::string_view key, const std::optional<std::vector<std::string>>& texts) {
    json.key(key);
    if (!texts) {
        json.null();
        return;
    }
    json.open('[');
    for (const auto& text : *texts)
        json.string(text);
    json.close(']');
}

std::optional<std::string> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write_task(JsonWriter& json, const RecordFacts& facts) {
    const auto& begin = facts.begin;
    json.key("task").open('{').key("task_id").string(begin.task_id);
    put(json, "instruction", begin.instruction);
    put(json, "constraints", begin.constraints);
    put(json, "allowed", begin.allowed);
    put(json, "forbidden", begin.forbidden);
    put(json, "policy", begin.policy);
    put(json, "initial_state", facts.snapshot ? std::optional(facts.snapshot->state) : std::nullopt);
    json.key("environment").open('{');
    put(json, "commit", begin.commit);
    put(json, "dirty", begin.dirty);
    put(json, "image", begin.image);
    put(json, "toolchain", begin.toolchain);
    put(json, "permission_mode", begin.permission_mode);
    put(json, "excluded", facts.snapshot ? std::optional(facts.snapshot->excluded) : std::nullopt);
    json.close('}');
    put(json, "tools_json", facts.tools_json);
    put(json, "tools_digest", facts.tools_digest);
    put(json, "source", begin.source);
    put(json, "licence", begin.licence);
    put(json, "split", begin.split);
    json.close('}');
}

void write_row(JsonWriter& json, const RecordRow& row) {
    json.open('{').key("seq").integer(row.event.seq.value).key("kind").string(row.kind);
    json.key("t_ms").integer(row.event.mono_us / 1000).key("step").integer(row.event.step.value);
    json.key("actor").string(row.event.actor);
    put(json, "cause", row.event.cause ? std::optional<std::int64_t>(row.event.cause->value) : std::nullopt);
    put(json, "role", row.role);
    put(json, "text", row.text);
    put(json, "reasoning", row.reasoning);
    put(json, "call_id", row.call_id);
    put(json, "tool", row.tool);
    put(json, "boundary", row.boundary);
    put(json, "arguments_raw", row.arguments_raw);
    put(json, "arguments_valid", row.arguments_valid);
    put(json, "attempt", row.attempt);
    put(json, "status", row.status);
    put(json, "failure_class", row.failure_class);
    put(json, "fault", row.fault);
    put(json, "truncated_bytes", row.truncated_bytes);
    put(json, "state_before", row.state_before);
    put(json, "state_after", row.state_after);
    put(json, "edits_json", row.edits_json);
    put(json, "payload", row.payload);
    put(json, "detail_json", row.detail_json);
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
        put(json, "digest", std::optional(tool.digest));
        json.close('}');
    }
    json.close(']');
}

void write_verdict(JsonWriter& json, const EventSource& source, const RecordFacts::Checked& checked) {
    const auto& verdict = checked.verdict.verdict;
    const auto& spec = checked.spec;
    const auto& result = checked.result;
    json.open('{').key("check").string(verdict.check).key("kind").string(to_string(verdict.kind));
    json.key("verdict").string(to_string(verdict.outcome)).key("score");
    if (verdict.score)
        json.number(*verdict.score);
    else
        json.null();
    put(json, "why", given(verdict.why));
    put(json, "command", spec ? std::optional(spec->command) : std::nullopt);
    put(json, "spec_digest", spec ? std::optional(spec->digest) : std::nullopt);
    put(json, "protect", spec ? std::optional(spec->protect) : std::nullopt);
    put(json, "state", result ? std::optional(result->state) : std::nullopt);
    put(json, "sandbox", result ? given(result->environment.sandbox) : std::nullopt);
    write_toolchain(json, result);
    put(json, "exit_code",
        result && result->exit_code ? std::optional<std::int64_t>(*result->exit_code) : std::nullopt);
    std::optional<std::string> output;
    if (result && result->output) {
        auto bytes = source.payload(result->output->digest);
        if (bytes) output = *std::move(bytes);
    }
    put(json, "output", output);
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
        put(json, "derived",
            check.derived ? std::optional(std::string(to_string(*check.derived))) : std::nullopt);
        put(json, "how", given(check.how));
        put(json, "cause", given(check.cause));
        json.close('}');
    }
    json.close(']').close('}');
}

void write_agent(JsonWriter& json, const Begin& begin) {
    json.key("agent").open('{');
    put(json, "name", begin.agent_argv.empty() ? std::nullopt : std::optional(begin.agent_argv.front()));
    put(json, "version", begin.agent_version);
    put(json, "argv", std::optional(begin.agent_argv));
    put(json, "binary_digest", begin.agent_binary);
    put(json, "scaffold_digest", begin.agent_configuration);
    json.close('}');
}

void write_usage(JsonWriter& json, const RecordFacts& facts) {
    json.key("usage").open('{');
    put(json, "input", facts.usage.input);
    put(json, "output", facts.usage.output);
    put(json, "cache_read", facts.usage.cache_read);
    put(json, "cache_write", facts.usage.cache_write);
    put(json, "reasoning", facts.usage.reasoning);
    json.key("cost_usd");
    if (facts.cost_usd)
        json.number(*facts.cost_usd);
    else
        json.null();
    json.close('}');
}

void write_provenance(JsonWriter& json, const RecordFacts& facts, const TrajectorySummary& summary,
                      const std::optional<std::string>& ending) {
    json.key("provenance").open('{');
    write_agent(json, facts.begin);
    json.key("model").open('{');
    put(json, "requested", std::optional(facts.requested));
    put(json, "served", std::optional(facts.served));
    put(json, "dialect", std::optional(facts.dialects));
    json.key("weights_version").null().close('}');
    put(json, "sampling_json", facts.sampling_json);
    write_usage(json, facts);
    put(json, "budget_json", facts.begin.budget);
    json.key("recorder").string(facts.begin.recorder);
    json.key("started_at_ms")
        .integer(summary.begun_wall_ms)
        .key("ended_at_ms")
        .integer(summary.ended_wall_ms);
    put(json, "ending", ending);
    json.key("human_interventions").integer(facts.interventions).key("redactions").open('{');
    for (const auto& [kind, count] : facts.redactions)
        json.key(kind).integer(count);
    json.close('}').key("lineage").null().close('}');
}

void write_gap(JsonWriter& json, std::string_view code, const std::optional<std::int64_t>& at,
               const std::optional<std::string>& detail) {
    json.open('{').key("code").string(code);
    put(json, "at", at);
    put(json, "detail", detail);
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
    put(json, "name", given(summary.name));
    put(json, "group", facts.begin.group);
    put(json, "trial", facts.begin.trial);
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
    put(json, "root", summary.root);
    json.key("standing").string(to_string(summary.standing)).key("first_seq").integer(0);
    json.key("last_seq").integer(facts.last_seq).close('}').close('}');
    return json.take();
}

}  // namespace stet

#include "formats/record.hpp"

#include <stet/event_codec.hpp>
#include <stet/json.hpp>
#include <stet/tree.hpp>

#include <algorithm>

namespace stet {
namespace {

constexpr std::size_t patch_bytes_max = 64 * 1024;

void add_once(std::vector<std::string>& words, const std::string& word) {
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
    if (more) sum = sum.value_or(0) + *more;
}

class Reader {
public:
    Reader(EventSource& source, std::vector<RecordRow>& rows, RecordFacts& facts)
        : source_(source), rows_(rows), facts_(facts) {}

    void run(const Readings& readings) {
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            event_ = &*event;
            facts_.last_seq = event->seq.value;
            std::visit([this](const auto& body) { take(body); }, event->body);
        }
        for (const auto& failure : readings.failures)
            mark(failure);
    }

private:
    template <class Body>
    void take(const Body&) {}  // Not a row: what passed on the wire is told by what it meant.

    RecordRow& row(const char* kind) {
        at_[event_->seq] = rows_.size();
        auto& row = rows_.emplace_back();
        row.kind = kind;
        row.event = *event_;
        row.event.body = Note{};  // The envelope is what counts; don't hold the body twice.
        return row;
    }

    std::optional<std::string> text(const std::optional<Slice>& slice) const {
        if (!slice) return std::nullopt;
        auto bytes = fetch(source_, *slice);
        if (!bytes) return std::nullopt;
        return *std::move(bytes);
    }

    void take(const Begin& begin) { facts_.begin = begin; }
    void take(const CheckSpec& spec) {
        facts_.specs.push_back(spec);
        specs_[event_->seq] = spec;
    }
    void take(const RedactionMade& made) { facts_.redactions[made.kind] += made.count; }
    void take(const Message& message);
    void take(const ModelCall& call);
    void take(const Attempt& attempt);
    void take(const Response& response);
    void take(const TransportError& error);
    void take(const ModelResult& result);
    void take(const ToolCall& call);
    void take(const ToolResult& result);
    void take(const Observation& observation);
    void take(const Snapshot& snapshot);
    void take(const StateDiff& diff);
    void take(const CheckResult& result);
    void take(const VerdictGiven& given);
    void take(const Compaction& compaction);
    void take(const Interaction& interaction);
    void take(const Intervention& intervention);
    void take(const Cancel& cancel);
    void take(const Gap& gap);
    void take(const End& end);

    void take_attempt(RecordRow& row, std::int64_t number) {
        row.attempt = number;
        if (event_->cause) attempt_row_[*event_->cause] = rows_.size() - 1;
    }
    void mark(const Failure& failure);
    std::string edits_with_patches(const StateDiff& diff) const;

    EventSource& source_;
    std::vector<RecordRow>& rows_;
    RecordFacts& facts_;
    const Event* event_ = nullptr;
    std::map<Seq, std::size_t> at_;           // seq → row
    std::map<Seq, std::size_t> attempt_row_;  // request → row of its call or attempt
    std::map<Seq, CheckSpec> specs_;
    std::map<Seq, CheckResult> results_;
    std::map<Seq, ToolCall> calls_;
};

void Reader::take(const Message& message) {
    auto& out = row("message");
    out.role = message.role;
    out.text = text(message.content);
}

void Reader::take(const ModelCall& call) {
    auto& out = row("model_call");
    take_attempt(out, 1);
    out.detail_json = encode_body(call).json;
    add_once(facts_.requested, call.model);
    add_once(facts_.dialects, call.dialect);
    if (!call.sampling.empty()) facts_.sampling_json = call.sampling;
    if (call.tool_catalogue) facts_.tools_digest = call.tool_catalogue;
    if (call.tools_json && !facts_.tools_json) facts_.tools_json = text(call.tools_json);
}

void Reader::take(const Attempt& attempt) {
    take_attempt(row("attempt"), attempt.number);
}

void Reader::take(const Response& response) {
    const auto found = event_->cause ? attempt_row_.find(*event_->cause) : attempt_row_.end();
    if (found == attempt_row_.end()) return;
    auto& out = rows_[found->second];
    out.status = !response.complete ? "cut" : response.status >= 400 ? "error" : "ok";
}

void Reader::take(const TransportError& error) {
    auto& out = row("transport_error");
    out.status = error.kind;
    out.detail_json = encode_body(error).json;
    const auto found = event_->cause ? attempt_row_.find(*event_->cause) : attempt_row_.end();
    if (found != attempt_row_.end()) rows_[found->second].status = error.phase == "body" ? "cut" : "error";
}

void Reader::take(const ModelResult& result) {
    auto& out = row("model_result");
    out.role = "assistant";
    out.text = text(result.text);
    out.reasoning = text(result.reasoning);
    out.status = !result.error_class.empty() ? "error" : result.complete ? "ok" : "cut";
    out.detail_json = encode_body(result).json;
    add_once(facts_.served, result.model);
    add(facts_.usage.input, result.usage.input);
    add(facts_.usage.output, result.usage.output);
    add(facts_.usage.cache_read, result.usage.cache_read);
    add(facts_.usage.cache_write, result.usage.cache_write);
    add(facts_.usage.reasoning, result.usage.reasoning);
    if (result.cost_usd) facts_.cost_usd = facts_.cost_usd.value_or(0) + *result.cost_usd;
}

void Reader::take(const ToolCall& call) {
    auto& out = row("tool_call");
    out.call_id = call.call_id;
    out.tool = call.tool;
    out.boundary = call.boundary == Boundary::model ? "model" : "tool";
    out.arguments_raw = text(call.arguments);
    out.arguments_valid = call.arguments_valid;
    calls_[event_->seq] = call;
}

void Reader::take(const ToolResult& result) {
    auto& out = row("tool_result");
    out.boundary = "tool";
    out.status = std::string(word_of(result.status));
    out.text = text(result.content);
    if (result.truncated_bytes) out.truncated_bytes = static_cast<std::int64_t>(*result.truncated_bytes);
    if (const auto call = calls_.find(result.call); call != calls_.end()) {
        out.call_id = call->second.call_id;
        out.tool = call->second.tool;
    }
}

void Reader::take(const Observation& observation) {
    auto& out = row("observation");
    out.boundary = "model";
    out.call_id = observation.call_id;
    out.text = text(observation.content);
    if (observation.error) out.status = *observation.error ? "error" : "ok";
    if (const auto call = calls_.find(observation.call); call != calls_.end()) out.tool = call->second.tool;
}

void Reader::take(const Snapshot& snapshot) {
    if (!facts_.snapshot) facts_.snapshot = snapshot;
    auto& out = row("snapshot");
    out.state_after = snapshot.state;
    out.payload = snapshot.manifest.digest;
}

std::string Reader::edits_with_patches(const StateDiff& diff) const {
    const auto bytes = source_.payload(diff.edits->digest);
    if (!bytes) return "null";
    const auto edits = decode_edits(*bytes);
    if (!edits) return "null";
    JsonWriter json;
    json.open('[');
    for (const auto& edit : *edits) {
        // What is not there is empty; what is not known gives no patch.
        const auto content = [&](const std::optional<TreeEntry>& entry) -> std::optional<std::string> {
            if (!entry || entry->kind != EntryKind::file) return std::string{};
            if (entry->size > patch_bytes_max || entry->absent) return std::nullopt;
            auto kept = source_.payload(entry->content);
            if (!kept || !looks_like_text(*kept)) return std::nullopt;
            return *std::move(kept);
        };
        const auto before = content(edit.before), after = content(edit.after);
        json.open('{').key("path").string(edit.path());
        json.key("change").string(!edit.before ? "created" : !edit.after ? "deleted" : "changed");
        if (before && after && *before != *after) json.key("patch").string(unified_diff(*before, *after));
        json.close('}');
    }
    return json.close(']').take();
}

void Reader::take(const StateDiff& diff) {
    auto& out = row("state_diff");
    out.state_before = diff.before;
    out.state_after = diff.after;
    if (diff.edits) {
        out.payload = diff.edits->digest;
        out.edits_json = edits_with_patches(diff);
    }
    out.detail_json = encode_body(diff).json;
}

void Reader::take(const CheckResult& result) {
    auto& out = row("check_result");
    out.state_after = result.state;
    if (result.output) {
        out.payload = result.output->digest;
        out.text = text(Slice{*result.output, 0, result.output->size, Coding::raw});
    }
    results_[event_->seq] = result;
}

void Reader::take(const VerdictGiven& given) {
    auto& out = row("verdict");
    out.status = std::string(to_string(given.verdict.outcome));
    out.text = given.verdict.why;
    RecordFacts::Checked checked{.verdict = given, .result = {}, .spec = {}};
    if (given.check && results_.contains(*given.check)) {
        checked.result = results_[*given.check];
        if (specs_.contains(checked.result->spec)) checked.spec = specs_[checked.result->spec];
    }
    facts_.checked.push_back(std::move(checked));
}

void Reader::take(const Compaction& compaction) {
    row("compaction").detail_json = encode_body(compaction).json;
}

void Reader::take(const Interaction& interaction) {
    auto& out = row("interaction");
    out.text = text(interaction.content);
    out.detail_json = encode_body(interaction).json;
}

void Reader::take(const Intervention& intervention) {
    ++facts_.interventions;
    row("intervention").text = intervention.text;
}

void Reader::take(const Cancel& cancel) {
    row("cancel").text = cancel.reason;
}

void Reader::take(const Gap& gap) {
    auto& out = row("gap");
    out.text = gap.reason;
    if (gap.raw) out.payload = gap.raw->digest;
    facts_.gaps.emplace_back(event_->seq, gap);
}

void Reader::take(const End& end) {
    facts_.end = end;
    row("end").status = std::string(word_of(read_ending(end)));
}

/// A failure is written at the row that shows it: the attempt that failed, or what the tool answered.
void Reader::mark(const Failure& failure) {
    auto target = rows_.size();
    for (const auto seq : failure.evidence) {
        if (const auto attempt = attempt_row_.find(seq); attempt != attempt_row_.end())
            target = attempt->second;
    }
    if (const auto own = at_.find(failure.at); target == rows_.size() && own != at_.end())
        target = own->second;
    if (target == rows_.size()) return;
    rows_[target].failure_class = failure.failure_class;
    rows_[target].fault = std::string(to_string(failure.fault));
    if (!rows_[target].status) rows_[target].status = "error";
}

}  // namespace

void read_rows(EventSource& source, const Readings& readings, std::vector<RecordRow>& rows,
               RecordFacts& facts) {
    Reader(source, rows, facts).run(readings);
}

}  // namespace stet

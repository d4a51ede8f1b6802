#include "tools/view.hpp"

#include "tools/glance.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"

#include <stet/json.hpp>
#include <stet/tree.hpp>

#include <algorithm>
#include <set>

namespace stet {
namespace {

constexpr std::size_t counted_bytes_max = 1 << 20;

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
    if (more) sum = sum.value_or(0) + *more;
}

void add(Usage& sum, const Usage& more) {
    add(sum.input, more.input);
    add(sum.output, more.output);
    add(sum.cache_read, more.cache_read);
    add(sum.cache_write, more.cache_write);
    add(sum.reasoning, more.reasoning);
}

void add_once(std::vector<std::string>& words, const std::string& word) {
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

/// Lines that a unified diff adds and removes.
void count_lines(std::string_view patch, ChangeView& change) {
    for (std::size_t at = 0; at < patch.size();) {
        const auto end = std::min(patch.find('\n', at), patch.size());
        if (patch[at] == '+') ++change.added;
        if (patch[at] == '-') ++change.removed;
        at = end + 1;
    }
}

class Viewer {
public:
    Viewer(EventSource& source, RunView& view) : source_(source), view_(view) {}

    void run() {
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            event_ = &*event;
            view_.duration_us = std::max(view_.duration_us, event->mono_us);
            std::visit([this](const auto& body) { take(body); }, event->body);
        }
        event_ = nullptr;
        if (first_ && last_) view_.changed = changes(diff_trees(*first_, *last_));
        add_unjudged();
        place_readings();
    }

private:
    template <class Body>
    void take(const Body&) {}

    StepView& step() {
        auto& steps = view_.steps;
        const auto found = std::find_if(steps.rbegin(), steps.rend(),
                                        [&](const StepView& one) { return one.step == event_->step; });
        if (found != steps.rend()) {
            found->ended_us = event_->mono_us;
            return *found;
        }
        auto& fresh = steps.emplace_back();
        fresh.step = event_->step;
        fresh.actor = event_->actor;
        fresh.began_us = fresh.ended_us = event_->mono_us;
        return fresh;
    }

    void take(const Begin& begin) { view_.begin = begin; }
    void take(const End& end) { view_.end = end; }
    void take(const Gap& gap) { view_.gaps.emplace_back(event_->seq, gap); }
    void take(const RedactionMade& made) { view_.redactions[made.kind] += made.count; }
    void take(const ModelCall& call) {
        ++view_.model_calls;
        ++view_.attempts;
        ++step().attempts;
        add_once(view_.dialects, call.dialect);
    }
    void take(const Attempt&) {
        ++view_.attempts;
        ++step().attempts;
    }
    void take(const ModelResult& result);
    void take(const ToolCall& call);
    void take(const ToolResult& result) {
        if (result.content) answer(result.call, *result.content);
    }
    void take(const Observation& observation) { answer(observation.call, observation.content); }
    void take(const Snapshot& snapshot);
    void take(const StateDiff& diff);
    void take(const CheckSpec& spec) { specs_[event_->seq] = spec; }
    void take(const CheckResult& result) { results_[event_->seq] = result; }
    void take(const VerdictGiven& given);

    std::string text_of(const Slice& slice) const {
        auto text = fetch(source_, slice);
        return text ? plain_text(*text, slice.coding) : std::string();
    }
    void answer(Seq call, const Slice& content);
    CallView* find_call(Seq seq);
    std::vector<ChangeView> changes(const std::vector<TreeEdit>& edits) const;
    void add_unjudged();
    StepView& step_of(const Failure& failure);
    void place_readings();

    EventSource& source_;
    RunView& view_;
    const Event* event_ = nullptr;
    std::map<Seq, CheckSpec> specs_;
    std::map<Seq, CheckResult> results_;
    std::set<Seq> judged_;          // specs
    std::map<Seq, Seq> same_call_;  // at the tool boundary → the model's
    std::optional<Tree> first_, last_;
};

void Viewer::take(const ModelResult& result) {
    auto& into = step();
    if (result.text && into.text.empty()) into.text = text_of(*result.text);
    add(into.usage, result.usage);
    add(view_.usage, result.usage);
    if (result.cost_usd) {
        into.cost_usd = into.cost_usd.value_or(0) + *result.cost_usd;
        view_.cost_usd = view_.cost_usd.value_or(0) + *result.cost_usd;
    }
    add_once(view_.models, result.model);
}

void Viewer::take(const ToolCall& call) {
    if (call.asked_by) {
        same_call_[event_->seq] = *call.asked_by;
        return;
    }
    ++view_.tool_calls;
    step().calls.push_back({.seq = event_->seq,
                            .tool = call.tool,
                            .arguments = text_of(call.arguments),
                            .shown = {},
                            .failures = {},
                            .tries = {}});
}

CallView* Viewer::find_call(Seq seq) {
    if (const auto same = same_call_.find(seq); same != same_call_.end()) seq = same->second;
    for (auto step = view_.steps.rbegin(); step != view_.steps.rend(); ++step) {
        for (auto& call : step->calls) {
            if (call.seq == seq) return &call;
        }
    }
    return nullptr;
}

void Viewer::answer(Seq seq, const Slice& content) {
    auto* call = find_call(seq);
    if (call == nullptr) return;
    call->answered = true;
    call->shown = text_of(content);
}

void Viewer::take(const Snapshot& snapshot) {
    if (first_) return;
    const auto manifest = source_.payload(snapshot.manifest.digest);
    if (!manifest) return;
    auto tree = decode_tree(*manifest);
    if (!tree) return;
    first_ = *tree;
    last_ = *std::move(tree);
}

void Viewer::take(const StateDiff& diff) {
    if (!diff.edits) return;
    const auto bytes = source_.payload(diff.edits->digest);
    if (!bytes) return;
    const auto edits = decode_edits(*bytes);
    if (!edits) return;
    auto& into = step();
    for (auto& change : changes(*edits))
        into.changes.push_back(std::move(change));
    into.ambiguous = into.ambiguous || diff.ambiguous;
    if (!last_) return;
    auto next = apply_edits(*last_, *edits);
    if (next) last_ = *std::move(next);
}

std::vector<ChangeView> Viewer::changes(const std::vector<TreeEdit>& edits) const {
    std::vector<ChangeView> all;
    for (const auto& edit : edits) {
        ChangeView change{.seq = event_ != nullptr ? event_->seq : Seq{}, .path = edit.path()};
        change.mark = !edit.before ? 'A' : !edit.after ? 'D' : 'M';
        const auto content = [&](const std::optional<TreeEntry>& entry) -> std::optional<std::string> {
            if (!entry || !entry->content) return std::string();
            if (entry->size > counted_bytes_max) return std::nullopt;
            auto bytes = source_.payload(entry->content);
            if (!bytes || !looks_like_text(*bytes)) return std::nullopt;
            return *std::move(bytes);
        };
        const auto before = content(edit.before), after = content(edit.after);
        if (before && after)
            count_lines(unified_diff(*before, *after), change);
        else
            change.added = change.removed = -1;
        all.push_back(std::move(change));
    }
    return all;
}

void Viewer::take(const VerdictGiven& given) {
    CheckView check{.verdict = given.verdict, .command = {}, .sandbox = {}, .output = {}};
    if (given.check && results_.contains(*given.check)) {
        const auto& result = results_[*given.check];
        check.sandbox = result.environment.sandbox;
        check.command = specs_[result.spec].command;
        judged_.insert(result.spec);
        if (result.output) {
            auto output = source_.payload(result.output->digest);
            if (output) check.output = *std::move(output);
        }
    }
    // What was imported has verdicts, but no results that they rest on.
    for (const auto& [seq, spec] : specs_) {
        if (!given.check && spec.name == given.verdict.check) judged_.insert(seq);
    }
    view_.checks.push_back(std::move(check));
}

/// A check that was declared and never came to its verdict was not run: that is no pass and no fail.
void Viewer::add_unjudged() {
    const bool waits = view_.summary.standing == Standing::recording;
    for (const auto& [seq, spec] : specs_) {
        if (judged_.contains(seq)) continue;
        CheckView check{.verdict = {}, .command = spec.command, .sandbox = {}, .output = {}};
        check.verdict.check = spec.name;
        check.verdict.outcome = Outcome::not_run;
        check.verdict.why = spec.verifier ? "no verdict was recorded"
                            : waits       ? "the run has not ended"
                                          : "the run was cut off before its checks";
        view_.checks.push_back(std::move(check));
    }
}

/// Where a failure is shown; made when nothing else happened in that step (before the first, mostly).
StepView& Viewer::step_of(const Failure& failure) {
    auto& steps = view_.steps;
    const auto found =
        std::ranges::find_if(steps, [&](const StepView& one) { return one.step == failure.step; });
    if (found != steps.end()) return *found;
    const auto behind =
        std::ranges::find_if(steps, [&](const StepView& one) { return one.step > failure.step; });
    const auto fresh = steps.emplace(behind);
    fresh->step = failure.step;
    fresh->actor = "main";
    return *fresh;
}

void Viewer::place_readings() {
    for (const auto& failure : view_.readings.failures) {
        CallView* call = nullptr;
        for (const auto seq : failure.evidence) {
            if (call == nullptr) call = find_call(seq);
        }
        if (call != nullptr) {
            call->failures.push_back(failure.number);
            continue;
        }
        step_of(failure).wire_failures.push_back(failure.number);
    }
    for (const auto& retry : view_.readings.retries) {
        for (const auto seq : retry.attempts) {
            if (auto* call = find_call(seq)) call->tries.push_back(retry.of);
        }
    }
}

}  // namespace

std::string RunView::verdict_word() const {
    std::vector<Outcome> outcomes;
    for (const auto& check : checks)
        outcomes.push_back(check.verdict.outcome);
    return worst_word(outcomes);
}

RunView view_run(const OpenedRun& run) {
    const auto source = run.log.source(run.summary.id);
    RunView view;
    view.summary = source->summary();
    view.readings = annotate(*source);
    view.replay = newest_replay(*source);
    view.audit = audit(*source);
    Viewer(*source, view).run();
    return view;
}

}  // namespace stet

#include "replay/episode.hpp"

#include "replay/answers.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stet {
namespace {

bool same_score(double a, double b) {
    return std::fabs(a - b) <= 1e-9;
}

std::optional<double> score_of(const Verdict& verdict) {
    if (verdict.score) return verdict.score;
    if (verdict.outcome == Outcome::pass) return 1;
    return verdict.outcome == Outcome::fail ? std::optional(0.0) : std::nullopt;
}

Result<std::vector<WorldCall>> read_setup(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return document.error();
    std::vector<WorldCall> calls;
    for (const auto& one : document->root().elements()) {
        calls.push_back(
            {one["tool"].text(), std::string(one["arguments"].raw()), one["caller"].text_or("assistant")});
    }
    return calls;
}

}  // namespace

void EpisodeAgain::see(const EpisodeSpec& episode) {
    episode_ = episode;
    start_.seed = episode.seed;
    if (!episode.setup) return;
    const auto json = payloads_.whole(*episode.setup);
    const auto calls = json ? read_setup(*json) : Result<std::vector<WorldCall>>(json.error());
    if (calls)
        start_.setup = *calls;
    else
        problem_ = calls.error().what;
}

void EpisodeAgain::see(const CheckSpec& spec) {
    if (!spec.verifier) return;
    checks_.push_back({spec, {}, nullptr, {}});
}

void EpisodeAgain::see_late(const CheckSpec& spec) {
    see(spec);
    checks_.back().late = true;
}

void EpisodeAgain::see(const VerdictGiven& given) {
    for (auto& check : checks_) {
        if (!check.late && check.spec.name == given.verdict.check) check.recorded = given.verdict;
    }
}

/// The verifiers first, which may run what they need; then the episode itself.
bool EpisodeAgain::start(Seq at) {
    if (started_ || !problem_.empty()) return started_;
    for (auto& check : checks_) {
        if (!make_verifier_) continue;
        auto made = make_verifier_(*check.spec.verifier);
        if (made) {
            check.verifier = *std::move(made);
            check.verifier->prepare(world_, start_);
        } else {
            check.problem = made.error().what;
        }
    }
    const auto ready = world_.reset(start_);
    started_ = ready.has_value();
    if (started_) return true;
    problem_ = ready.error().what;
    findings_.lower(Level::none);
    findings_.diverge({at, "", "", short_form(problem_), "world"});
    return false;
}

void EpisodeAgain::see(const Message& message) {
    auto text = payloads_.fetch(message.content);
    if (message.role == "user") begin_turn();
    trace_.texts.push_back(
        {message.role, text ? *std::move(text) : std::string(), false, users_ == 0 ? 0 : users_ - 1});
}

/// What the user says next ends what came before.
void EpisodeAgain::begin_turn() {
    if (users_++ == 0) return;
    if (!start({})) return;
    for (auto& check : checks_) {
        if (check.verifier) check.verifier->turn_ended(world_, trace_);
    }
}

void EpisodeAgain::see(const ModelResult& result) {
    auto text = result.text ? payloads_.fetch(*result.text) : Result<std::string>(std::string());
    trace_.texts.push_back(
        {"assistant", text ? *std::move(text) : std::string(), false, users_ == 0 ? 0 : users_ - 1});
}

void EpisodeAgain::see(Seq seq, const ToolCall& call, const std::string& actor) {
    if (call.boundary == Boundary::model) {
        if (!trace_.texts.empty()) trace_.texts.back().with_calls = true;
        return;
    }
    of_call_[seq] = made_.size();
    auto& made = made_.emplace_back();
    made.seq = seq;
    auto& traced = trace_.calls.emplace_back();
    traced.turn = users_ == 0 ? 0 : users_ - 1;
    traced.call.tool = call.tool;
    traced.call.caller = actor == "main" ? "assistant" : actor;
    auto arguments = payloads_.fetch(call.arguments);
    if (!arguments) {
        made.answer.status = ToolStatus::unanswered;
        findings_.missing({seq, "/arguments", "", short_form(arguments.error().what), {}});
        return;
    }
    traced.call.arguments = *std::move(arguments);
    made.answer = execute(seq, traced.call);
    traced.status = made.answer.status;
    traced.content = made.answer.content;
}

WorldAnswer EpisodeAgain::execute(Seq seq, const WorldCall& call) {
    if (!start(seq)) return {.status = ToolStatus::unanswered, .content = problem_};
    const auto fault = faults_.find(seq);
    if (fault != faults_.end() && !fault->second.after_effect) return {.status = ToolStatus::tool_error};
    return world_.step(call);
}

void EpisodeAgain::see(Seq seq, const ToolResult& result) {
    const auto found = of_call_.find(result.call);
    if (found == of_call_.end()) return;
    auto& made = made_[found->second];
    made.answered = true;
    if (!result.content) return;
    const auto recorded = payloads_.fetch(*result.content);
    if (!recorded)
        return findings_.missing(
            {seq, "", short_form(recorded.error().what), short_form(made.answer.content), {}});
    const bool is_value = result.content->coding == Coding::json;
    compare(seq, made, trace_.calls[found->second], *recorded, is_value);
}

/// `is_value`: what is recorded is a JSON value, in whatever spelling, and not the text that was answered.
void EpisodeAgain::compare(Seq seq, const Made& made, TracedCall& traced, const std::string& recorded,
                           bool is_value) {
    const auto& answer = made.answer;
    if (faults_.contains(made.seq)) {
        ++injected_;  // The plan is the recording: its answer stands.
        traced.content = recorded;
        return tell(seq, traced, Level::bytes, answer);
    }
    auto level = compare_answers(recorded, answer, traced.call, world_);
    if (is_value && level == Level::bytes) level = Level::value;
    traced.content = recorded;
    if (level == Level::none) {
        const bool changed = !answer.changes.empty() && answer.changes != "[]";
        const bool transient = answer.status != ToolStatus::unanswered && world_.is_transient(recorded);
        if (transient) transient_[made.seq] = changed;
        // Another answer, but to a question that changes nothing.
        if (answer.status != ToolStatus::unanswered && !changed) level = Level::effect;
        auto difference = first_difference(recorded, answer.content);
        findings_.diverge({seq, std::move(difference.where), std::move(difference.recorded),
                           std::move(difference.live),
                           transient                                 ? "fault"
                           : answer.status == ToolStatus::unanswered ? "unanswered"
                                                                     : "answer"});
    }
    tell(seq, traced, level, answer);
}

void EpisodeAgain::tell(Seq seq, const TracedCall& traced, Level level, const WorldAnswer& answer) {
    findings_.call(level);
    report_.each.push_back({seq, traced.call.tool, level, answer.changes});
}

void EpisodeAgain::finish() {
    start({});
    for (const auto& [call, at] : of_call_) {
        // Nobody knows what was answered: the call was made again, that is all.
        if (!made_[at].answered)
            report_.each.push_back(
                {call, trace_.calls[at].call.tool, Level::effect, made_[at].answer.changes});
    }
    std::ranges::sort(report_.each, {}, &CallReplay::at);
    report_.world = world_.declaration();
    if (started_) report_.final_state = world_.state();
    for (auto& check : checks_) {
        const auto finding = examine(check);
        if (check.late)
            late_.push_back(
                {check.spec.name, VerifierKind::environment, finding.outcome, finding.score, finding.why});
        else
            replayed_.push_back(replay(check, finding));
    }
}

/// What the verifier finds; an error, with the reason, where it cannot.
Finding EpisodeAgain::examine(Check& check) {
    Finding finding;
    if (started_ && check.verifier) {
        check.verifier->turn_ended(world_, trace_);
        return check.verifier->conclude(world_, trace_);
    }
    finding.outcome = Outcome::error;
    finding.why = started_ ? check.problem : problem_;
    return finding;
}

CheckReplay EpisodeAgain::replay(const Check& check, const Finding& finding) const {
    CheckReplay again;
    again.name = check.spec.name;
    again.how = "by re-execution";
    if (check.recorded) {
        again.recorded = check.recorded->outcome;
        again.recorded_score = score_of(*check.recorded);
    }
    if (started_ && check.verifier) again.derived = finding.outcome;
    again.derived_score = finding.score;
    again.notes = finding.evidence;
    if (!finding.why.empty()) again.notes.insert(again.notes.begin(), finding.why);
    if (!finding.score) {
        again.cause = !started_ ? "world" : finding.outcome == Outcome::abstain ? "recorded" : "verifier";
    } else if (!again.recorded_score) {
        again.cause = fmt::format("recorded {}", to_string(again.recorded));
    } else if (same_score(*again.recorded_score, *finding.score)) {
        again.outcome = CheckOutcome::confirmed;
    } else {
        const bool luck = std::ranges::any_of(
            finding.by_luck, [&](double score) { return same_score(score, *again.recorded_score); });
        again.outcome = luck ? CheckOutcome::unstable : CheckOutcome::refuted;
        again.cause = luck ? "luck" : "verdict";
    }
    return again;
}

std::string EpisodeAgain::how() const {
    if (!started_) return fmt::format("not re-executed: {}", short_form(problem_));
    auto how = fmt::format("{} in world {} {}", re_executed, world_.name(), world_.version());
    if (injected_ > 0) how += fmt::format(", {} faults injected", injected_);
    if (episode_.declaration && *episode_.declaration != world_.declaration())
        how += ", which is declared otherwise than it was";
    return how;
}

}  // namespace stet

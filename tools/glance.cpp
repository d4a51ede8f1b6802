#include "tools/glance.hpp"

#include "tools/home.hpp"

#include <algorithm>
#include <map>

namespace stet {
namespace {

class Glancer {
public:
    explicit Glancer(Glance& glance) : glance_(glance) {}

    void run(EventSource& source) {
        while (const auto event = source.next()) {
            step_ = event->step;
            seq_ = event->seq;
            glance_.duration_us = std::max(glance_.duration_us, event->mono_us);
            std::visit([this](const auto& body) { take(body); }, event->body);
        }
        glance_.steps.erase(Step{});
        for (const auto& [seq, judged] : specs_) {
            if (!judged) glance_.outcomes.push_back(Outcome::not_run);
        }
        if (reward_) glance_.outcomes = {*reward_};
    }

private:
    template <class Body>
    void take(const Body&) {}

    void take(const Begin& begin) { glance_.begin = begin; }
    void take(const End& end) { glance_.end = end; }
    void take(const ModelCall&) { glance_.steps.insert(step_); }
    void take(const Attempt&) { glance_.steps.insert(step_); }
    void take(const ModelResult& result) {
        glance_.steps.insert(step_);
        if (glance_.model.empty()) glance_.model = result.model;
    }
    void take(const ToolCall&) { glance_.steps.insert(step_); }
    void take(const StateDiff& diff) {
        if (diff.edits) glance_.steps.insert(step_);
    }
    void take(const CheckSpec& spec) {
        specs_.emplace(seq_, false);
        by_name_[spec.name] = seq_;
    }
    void take(const CheckResult& result) { results_.emplace(seq_, result.spec); }
    void take(const VerdictGiven& given) {
        glance_.outcomes.push_back(given.verdict.outcome);
        // A reward says what the other verdicts come to; not all of them need count.
        if (given.verdict.check == "reward") reward_ = given.verdict.outcome;
        const auto result = given.check ? results_.find(*given.check) : results_.end();
        if (result != results_.end()) specs_[result->second] = true;
        // What was imported has verdicts, but no results that they rest on.
        const auto named = by_name_.find(given.verdict.check);
        if (!given.check && named != by_name_.end()) specs_[named->second] = true;
    }

    Glance& glance_;
    Step step_;
    Seq seq_;
    std::map<Seq, bool> specs_;  // Has it a verdict?
    std::map<Seq, Seq> results_;
    std::map<std::string, Seq> by_name_;
    std::optional<Outcome> reward_;
};

Readings readings_of(const OpenedRun& run, EventSource& source) {
    if (made_here(run.log, run.summary)) {
        if (auto stored = run.log.readings(run.summary.id)) return *std::move(stored);
    }
    return annotate(source);
}

}  // namespace

std::string worst_word(const std::vector<Outcome>& outcomes) {
    static constexpr Outcome worst_first[] = {Outcome::fail,    Outcome::error, Outcome::not_run,
                                              Outcome::abstain, Outcome::score, Outcome::pass};
    for (const auto outcome : worst_first) {
        if (std::ranges::find(outcomes, outcome) != outcomes.end()) return std::string(to_string(outcome));
    }
    return {};
}

Glance glance_at(const OpenedRun& run) {
    const auto source = run.log.source(run.summary.id);
    Glance glance;
    glance.summary = source->summary();
    glance.replay = newest_replay(*source);
    const auto readings = readings_of(run, *source);
    glance.failures = readings.failures.size();
    glance.retries = readings.retries.size();
    glance.recoveries = readings.recoveries.size();
    for (const auto& failure : readings.failures)
        glance.steps.insert(failure.step);
    source->seek(Seq{0});
    Glancer(glance).run(*source);
    return glance;
}

}  // namespace stet

#include "replay/calls.hpp"
#include "replay/checks.hpp"
#include "replay/episode.hpp"
#include "replay/protocol_again.hpp"
#include "replay/states.hpp"

#include <stet/door/replay.hpp>

#include <optional>

namespace stet {
namespace {

/// One pass over the events, with everything that has to look at them.
class Replay {
public:
    Replay(EventSource& source, const ReplayOptions& options, const FaultPlan& faults)
        : source_(source), options_(options), faults_(faults), findings_(report_, options.divergences_max) {}

    ReplayReport run() {
        const auto& summary = source_.summary();
        report_.trajectory = summary.id;
        report_.root = summary.root.value_or(Digest{});
        report_.engine = options_.engine;
        report_.prefix_only = summary.standing != Standing::sealed;
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            protocol_.see(*event);
            actor_ = &event->actor;
            std::visit([&](const auto& body) { see(event->seq, body); }, event->body);
        }
        protocol_.finish(report_.prefix_only);
        finish_calls();
        finish_checks();
        findings_.finish();
        return std::move(report_);
    }

    /// Calls whose recorded answers look like faults of a moment; whether each changed something here.
    std::map<Seq, bool> transient() const { return episode_ ? episode_->transient() : std::map<Seq, bool>(); }

private:
    template <class Body>
    void see(Seq, const Body&) {}

    void see(Seq, const Begin& begin) {
        if (options_.world == nullptr) return;
        if (begin.episode) {
            episode_.emplace(source_, findings_, report_, *options_.world, options_.make_verifier, faults_);
            episode_->see(*begin.episode);
            for (const auto& late : options_.late_checks)
                if (late.verifier) episode_->see_late(late);
            return;
        }
        execution_.emplace(source_, findings_, states_, *options_.world, options_.tape);
        execution_->see(begin);
    }
    void see(Seq, const Message& message) {
        if (episode_) episode_->see(message);
    }
    void see(Seq, const ModelResult& result) {
        if (episode_) episode_->see(result);
    }
    void see(Seq, const End& end) {
        if (episode_) episode_->see(end);
    }
    void see(Seq seq, const Snapshot& snapshot) { states_.see(seq, snapshot); }
    void see(Seq seq, const StateDiff& diff) {
        states_.see(seq, diff);
        if (execution_) execution_->see(seq, diff);
    }
    void see(Seq seq, const ToolCall& call) {
        if (episode_) return episode_->see(seq, call, *actor_);
        if (execution_) return execution_->see(seq, call);
        taped_.see(seq, call);
    }
    void see(Seq seq, const ToolResult& result) {
        if (episode_) return episode_->see(seq, result);
        if (execution_) return execution_->see(seq, result);
        taped_.see(seq, result);
    }
    void see(Seq seq, const Observation& shown) {
        if (!execution_ && !episode_) taped_.see(seq, shown);
    }
    void see(Seq seq, const CheckSpec& spec) {
        if (!options_.late_checks.empty()) return;
        if (episode_ && spec.verifier) return episode_->see(spec);
        checks_.see(seq, spec);
    }
    void see(Seq seq, const CheckResult& result) { checks_.see(seq, result); }
    void see(Seq, const VerdictGiven& given) {
        if (episode_) episode_->see(given);
        checks_.see(given);
    }

    void finish_calls() {
        if (episode_) {
            episode_->finish();
            report_.how = episode_->how();
            return;
        }
        if (!execution_) {
            taped_.finish();
            report_.how = protocol_.imported()   ? "imported, on the recorded state"
                          : protocol_.had_wire() ? "from tape, on the recorded state"
                                                 : "on the recorded state";
            return;
        }
        execution_->finish(report_.prefix_only);
        report_.how = execution_->how();
    }

    void finish_checks() {
        if (episode_) {
            report_.checks = episode_->checks();
            report_.late = episode_->late();
            for (const auto& late : options_.late_checks) {
                if (!late.verifier)
                    report_.late.push_back({.check = late.name,
                                            .outcome = Outcome::not_run,
                                            .score = {},
                                            .why = "an episode of a world has no workspace"});
            }
            return;
        }
        if (!options_.late_checks.empty())
            report_.late =
                late_verdicts(options_, options_.final_tree ? &*options_.final_tree : states_.tree());
        if (!options_.final_tree) {
            const bool live = execution_ && report_.calls > 0 && execution_->complete();
            report_.checks = checks_.replay(options_, states_, states_.tree(),
                                            live ? "by re-execution" : "on the recorded state");
            return;
        }
        const auto& given = *options_.final_tree;
        const bool equal = tree_digest(given) == states_.digest();
        findings_.state(equal);
        if (!equal) diverge_from(given);
        report_.checks = checks_.replay(options_, states_, &given, "on the given state");
    }

    void diverge_from(const Tree& given) {
        const Seq last{source_.summary().events == 0 ? 0 : source_.summary().events - 1};
        TreeDifference difference{"", to_string(states_.digest()), to_string(tree_digest(given))};
        if (const auto* tree = states_.tree())
            difference = first_difference(*tree, given).value_or(difference);
        findings_.diverge({last, difference.path, difference.recorded, difference.live, "state"});
    }

    EventSource& source_;
    const ReplayOptions& options_;
    const FaultPlan& faults_;
    ReplayReport report_;
    Findings findings_;
    ProtocolAgain protocol_{source_, findings_};
    RecordedStates states_{source_, &findings_};
    std::optional<Reexecution> execution_;
    std::optional<EpisodeAgain> episode_;
    const std::string* actor_ = nullptr;
    TapedCalls taped_{source_, findings_, protocol_, options_.tape};
    ChecksAgain checks_;
};

}  // namespace

ReplayReport replay(EventSource& source, const ReplayOptions& options) {
    source.verify();
    FaultPlan faults;
    Replay first(source, options, faults);
    auto report = first.run();
    if (!options.extract_faults) return report;
    const auto transient = first.transient();
    for (const auto& [call, changed] : transient)
        faults[call] = {};
    if (!faults.empty()) report = Replay(source, options, faults).run();
    // Whether a tool had done its work before it failed, only what came later can tell.
    for (const auto& [call, changed] : transient) {
        if (!changed || report.divergences.empty()) continue;
        faults[call].after_effect = true;
        auto other = Replay(source, options, faults).run();
        if (other.divergences.size() < report.divergences.size())
            report = std::move(other);
        else
            faults[call].after_effect = false;
    }
    return report;
}

}  // namespace stet

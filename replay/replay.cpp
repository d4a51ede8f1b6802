#include "replay/calls.hpp"
#include "replay/checks.hpp"
#include "replay/protocol_again.hpp"
#include "replay/states.hpp"

#include <stet/door/replay.hpp>

#include <optional>

namespace stet {
namespace {

/// One pass over the events, with everything that has to look at them.
class Replay {
public:
    Replay(EventSource& source, const ReplayOptions& options)
        : source_(source), options_(options), findings_(report_, options.divergences_max) {
        if (options.world != nullptr)
            execution_.emplace(source, findings_, states_, *options.world, options.tape);
    }

    ReplayReport run() {
        const auto& summary = source_.summary();
        report_.trajectory = summary.id;
        report_.root = summary.root.value_or(Digest{});
        report_.engine = options_.engine;
        report_.prefix_only = summary.standing != Standing::sealed;
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            protocol_.see(*event);
            std::visit([&](const auto& body) { see(event->seq, body); }, event->body);
        }
        protocol_.finish(report_.prefix_only);
        finish_calls();
        finish_checks();
        findings_.finish();
        return std::move(report_);
    }

private:
    template <class Body>
    void see(Seq, const Body&) {}

    void see(Seq, const Begin& begin) {
        if (execution_) execution_->see(begin);
    }
    void see(Seq seq, const Snapshot& snapshot) { states_.see(seq, snapshot); }
    void see(Seq seq, const StateDiff& diff) {
        states_.see(seq, diff);
        if (execution_) execution_->see(seq, diff);
    }
    void see(Seq seq, const ToolCall& call) {
        if (execution_) return execution_->see(seq, call);
        taped_.see(seq, call);
    }
    void see(Seq seq, const ToolResult& result) {
        if (execution_) return execution_->see(seq, result);
        taped_.see(seq, result);
    }
    void see(Seq seq, const Observation& shown) {
        if (!execution_) taped_.see(seq, shown);
    }
    void see(Seq seq, const CheckSpec& spec) { checks_.see(seq, spec); }
    void see(Seq seq, const CheckResult& result) { checks_.see(seq, result); }
    void see(Seq, const VerdictGiven& given) { checks_.see(given); }

    void finish_calls() {
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
    ReplayReport report_;
    Findings findings_;
    ProtocolAgain protocol_{source_, findings_};
    RecordedStates states_{source_, &findings_};
    std::optional<Reexecution> execution_;
    TapedCalls taped_{source_, findings_, protocol_, options_.tape};
    ChecksAgain checks_;
};

}  // namespace

ReplayReport replay(EventSource& source, const ReplayOptions& options) {
    source.verify();
    return Replay(source, options).run();
}

}  // namespace stet

#include "replay/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace {

bool is_verdict(Outcome outcome) {
    return outcome == Outcome::pass || outcome == Outcome::fail;
}

Verdict judge(const CheckSpec& spec, const CheckResult& result) {
    return judge_exit(spec.name, result.exit_code, result.signal, result.timed_out, result.problem);
}

/// What the environment lacks, or has otherwise than when it was recorded.
struct Changes {
    std::vector<std::string> notes;
    bool missing = false;
    bool changed = false;
};

void compare_part(Changes& changes, std::string_view name, const Digest& had, const Digest& has) {
    if (had == has || !had) return;
    changes.missing = changes.missing || !has;
    changes.changed = true;
    changes.notes.push_back(fmt::format("{} {}", name, has ? "has changed since" : "is not here"));
}

/// What stands for the tool now: of several with its name (a shim and what it starts) the same one, if it is
/// there.
Digest digest_now(const std::vector<Tool>& live, const Tool& recorded) {
    Digest other;
    for (const auto& tool : live) {
        if (tool.name != recorded.name) continue;
        if (tool.digest == recorded.digest) return tool.digest;
        if (tool.digest) other = tool.digest;
    }
    return other;
}

Changes compare_environments(const CheckEnvironment& recorded, const CheckEnvironment& live) {
    Changes changes;
    for (const auto& tool : recorded.toolchain) {
        compare_part(changes, tool.name, tool.digest, digest_now(live.toolchain, tool));
    }
    for (const auto& tree : recorded.excluded) {
        const auto found = std::ranges::find(live.excluded, tree.path, &ExcludedTree::path);
        compare_part(changes, tree.path, tree.digest,
                     found == live.excluded.end() ? Digest{} : found->digest);
    }
    if (recorded.sandbox != live.sandbox && !recorded.sandbox.empty() && !live.sandbox.empty()) {
        changes.notes.push_back(
            fmt::format("ran in sandbox {}, recorded in {}", live.sandbox, recorded.sandbox));
    }
    return changes;
}

/// Why a derived verdict is none. A problem may name its cause in front: "content: …".
std::string cause_of(const CheckResult& result, const Changes& changes) {
    static constexpr std::array<std::string_view, 4> causes{"environment", "content", "sandbox", "spec"};
    for (const auto cause : causes) {
        if (result.problem.starts_with(fmt::format("{}:", cause))) return std::string(cause);
    }
    if (!result.problem.empty()) return "sandbox";
    if (result.timed_out) return "timeout";
    if (changes.missing || result.exit_code == 126 || result.exit_code == 127) return "environment";
    return result.signal ? "signal" : "error";
}

CheckReplay unverifiable(CheckReplay check, std::string cause) {
    check.outcome = CheckOutcome::unverifiable;
    check.cause = std::move(cause);
    return check;
}

bool has_redacted(const Tree& tree) {
    return std::ranges::any_of(tree.entries, &TreeEntry::redacted);
}

/// One check, derived again; a second time when the first contradicts the recording.
class Derivation {
public:
    Derivation(const ReplayOptions& options, const CheckSpec& spec, const CheckResult& recorded,
               const Tree& tree)
        : options_(options), spec_(spec), recorded_(recorded), tree_(tree) {}

    CheckReplay run(CheckReplay check) const {
        const auto first = options_.run_check(spec_, recorded_, tree_);
        // A check that never got as far as its environment says nothing about it.
        const auto& found = first.result.environment;
        const bool began =
            first.result.problem.empty() || !found.toolchain.empty() || !found.excluded.empty();
        const auto changes =
            began ? compare_environments(recorded_.environment, first.result.environment) : Changes{};
        const auto verdict = judge(spec_, first.result);
        check.notes = changes.notes;
        check.derived = verdict.outcome;
        if (!is_verdict(verdict.outcome)) {
            check.notes.push_back(verdict.why);
            return unverifiable(std::move(check), cause_of(first.result, changes));
        }
        // Whatever a check says without what it had then, it proves nothing.
        if (changes.missing) return unverifiable(std::move(check), "environment");
        // A check may fail over what was taken out, also where it failed before for another reason.
        if (has_redacted(tree_) && (verdict.outcome == Outcome::fail || verdict.outcome != check.recorded)) {
            return unverifiable(std::move(check), "redacted");
        }
        if (verdict.outcome == check.recorded) {
            check.outcome = CheckOutcome::confirmed;
            return check;
        }
        check.notes.push_back(verdict.why);
        // What the verdict owes to the change, and what to the recording, nobody can tell.
        if (changes.changed) return unverifiable(std::move(check), "environment");
        const auto again = judge(spec_, options_.run_check(spec_, recorded_, tree_).result);
        check.outcome = again.outcome == verdict.outcome ? CheckOutcome::refuted : CheckOutcome::unstable;
        check.cause = check.outcome == CheckOutcome::refuted ? "verdict" : "unstable";
        return check;
    }

private:
    const ReplayOptions& options_;
    const CheckSpec& spec_;
    const CheckResult& recorded_;
    const Tree& tree_;
};

}  // namespace

void ChecksAgain::see(Seq seq, const CheckResult& result) {
    const auto found = recorded_.find(result.spec);
    if (found == recorded_.end()) return;
    found->second.result = result;
    specs_[seq] = result.spec;
}

/// Laid to the result that it names, else to the check of its name.
void ChecksAgain::see(const VerdictGiven& given) {
    if (given.check) {
        const auto spec = specs_.find(*given.check);
        if (spec != specs_.end()) recorded_[spec->second].verdict = given.verdict;
        return;
    }
    for (auto& [seq, recorded] : recorded_) {
        if (recorded.spec.name == given.verdict.check) recorded.verdict = given.verdict;
    }
}

std::vector<CheckReplay> ChecksAgain::replay(const ReplayOptions& options, const RecordedStates& states,
                                             const Tree* tree, const std::string& how) const {
    std::vector<CheckReplay> all;
    for (const auto& [seq, recorded] : recorded_) {
        CheckReplay check;
        check.name = recorded.spec.name;
        check.how = how;
        const auto result = recorded.result.value_or(CheckResult{});
        if (recorded.verdict) {
            check.recorded = recorded.verdict->outcome;
        } else if (recorded.result) {
            check.recorded = judge(recorded.spec, result).outcome;
        }  // Else it was declared and never ran: the recorder died, or the run was cut.
        const auto said = recorded.result ? judge(recorded.spec, result).outcome : check.recorded;
        if (is_verdict(check.recorded) && said != check.recorded) {
            check.derived = said;
            check.outcome = CheckOutcome::refuted;
            check.cause = "result";
            check.notes.push_back("the recorded verdict is not what the recorded result says");
            all.push_back(std::move(check));
        } else if (!is_verdict(check.recorded)) {
            all.push_back(
                unverifiable(std::move(check), fmt::format("recorded {}", to_string(check.recorded))));
        } else if (tree == nullptr) {
            all.push_back(unverifiable(std::move(check), "state"));
        } else if (!options.final_tree && result.state && result.state != states.digest()) {
            check.notes.push_back(fmt::format("it examined {}, the recording ends at {}",
                                              to_string(result.state), to_string(states.digest())));
            all.push_back(unverifiable(std::move(check), "state"));
        } else if (states.lacks_content(*tree)) {
            all.push_back(unverifiable(std::move(check), "content"));
        } else if (!options.run_check) {
            all.push_back(unverifiable(std::move(check), "sandbox"));
        } else {
            all.push_back(Derivation(options, recorded.spec, result, *tree).run(std::move(check)));
        }
    }
    return all;
}

std::vector<Verdict> late_verdicts(const ReplayOptions& options, const Tree* tree) {
    std::vector<Verdict> verdicts;
    for (const auto& spec : options.late_checks) {
        Verdict verdict{.check = spec.name, .outcome = Outcome::not_run};
        if (spec.verifier)
            verdict.why = "it examines an episode of a world, and this is a workspace";
        else if (tree == nullptr)
            verdict.why = "the recording has no final state";
        else if (!options.run_check)
            verdict.why = "there is no sandbox";
        else
            verdict = judge(spec, options.run_check(spec, CheckResult{}, *tree).result);
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

}  // namespace stet

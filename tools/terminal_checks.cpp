#include "tools/terminal_checks.hpp"

#include "tools/say.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

namespace fs = std::filesystem;

/// How often a copy is taken anew when something writes to the workspace meanwhile.
constexpr int copies_max = 3;

Outcome worse(Outcome a, Outcome b) {
    const auto rank = [](Outcome outcome) {
        return outcome == Outcome::fail ? 2 : outcome == Outcome::pass ? 0 : 1;
    };
    return rank(b) > rank(a) ? b : a;
}

bool is_remade(const std::string& path) {
    const auto& globs = remade_excludes();
    return std::any_of(globs.begin(), globs.end(),
                       [&](const auto& glob) { return glob_matches(glob, path); });
}

/// The protected entries, and the directories that they stand in.
Tree protected_part(const Tree& initial, const std::vector<std::string>& globs) {
    return with_protected(Tree{}, initial, globs);
}

}  // namespace

/// The workspace when it was still: a copy, its tree, and what the copy lacks.
struct TerminalChecks::Final {
    ScratchDirectory scratch;
    Tree tree;
    Digest state;
    std::vector<ExcludedTree> lent;
    std::string problem;  ///< Why there is no copy; empty when there is.

    fs::path copy() const { return scratch.path() / "tree"; }
};

TerminalChecks::TerminalChecks(Recording& recording, const RunArguments& arguments)
    : recording_(recording), arguments_(arguments) {
    if (arguments.checks.empty()) return;
    const auto& root = recording.workspace()->root();
    protect_ = read_protect(arguments.protect, root);
    for (std::size_t i = 0; i < arguments.checks.size(); ++i) {
        auto spec = parse_check(arguments.checks[i], i);
        for (const auto& other : specs_) {
            if (other.name == spec.name)
                throw Trouble("read --check", arguments.checks[i], "another check has this name",
                              "give each one its own: --check NAME=COMMAND");
        }
        spec.protect = protect_;
        spec.timeout_ms = arguments.check_timeout_s * 1000;
        bind_check(spec, recording.initial());
        specs_.push_back(std::move(spec));
    }
    for (std::size_t i = 0; i < protect_.size(); ++i) {
        const auto& entries = recording.initial().entries;
        const bool hits = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
            return is_protected({protect_[i]}, entry.path);
        });
        if (!hits)
            say(fmt::format("--protect {}: nothing in the workspace matches it yet", arguments.protect[i]));
    }
    kept_.emplace();
    overlay(root, kept_->path(), diff_trees(Tree{}, protected_part(recording.initial(), protect_)));
    stamps_ = stamp();
}

/// Of what no snapshot has, checks get what somebody else made and nobody makes anew.
bool TerminalChecks::is_lent(const std::string& path) const {
    return !is_remade(path) && !recording_.is_own(path);
}

TerminalChecks::Stamps TerminalChecks::stamp() const {
    Stamps stamps;
    const auto& root = recording_.workspace()->root();
    for (const auto& path : find_excluded(root, recording_.workspace()->excluded())) {
        if (is_lent(path)) stamps[path] = stamp_excluded(root, path);
    }
    return stamps;
}

/// No snapshot has them, and the checks depend on them: that the agent changed one must be known.
void TerminalChecks::note_excluded_changes() {
    auto changed = stamp();
    for (const auto& [path, before] : stamps_) {
        const auto found = changed.find(path);
        if (found == changed.end()) {
            changed[path] = {};
        } else if (found->second == before) {
            changed.erase(found);
        }
    }
    for (const auto& [path, now] : changed)
        recording_.note(Gap{.reason = "an excluded tree was changed during the run", .place = path});
}

void TerminalChecks::note_change(const Tree& before, const Scan& scan) {
    const auto edits = diff_trees(before, scan.tree);
    const auto counts = count_edits(edits);
    Draft draft;
    draft.at = recording_.now();
    StateDiff diff;
    diff.before = tree_digest(before);
    diff.after = tree_digest(scan.tree);
    diff.edits = draft.attach(encode_edits(edits));
    diff.created = counts.created;
    diff.changed = counts.changed;
    diff.deleted = counts.deleted;
    diff.ambiguous = true;
    diff.final_state = true;
    draft.body = std::move(diff);
    recording_.journal().append(std::move(draft));
}

/// Copies the workspace until a scan after the copy finds what the log has, so that what the checks see is
/// what the log says they saw. What something that outlived the agent still writes is recorded.
TerminalChecks::Final TerminalChecks::settle(const Tree& final_tree) {
    Final last;
    last.tree = final_tree;
    auto& workspace = *recording_.workspace();
    for (int copies = 0; copies < copies_max; ++copies) {
        Final next;
        const auto left_out = copy_tree(workspace.root(), next.copy(), workspace.excluded());
        const auto scan =
            workspace.scan([&](std::string bytes) { recording_.journal().put(std::move(bytes)); });
        const bool equal = scan.tree == last.tree;
        if (!equal) note_change(last.tree, scan);
        next.tree = scan.tree;
        next.state = tree_digest(scan.tree);
        if (equal && !scan.disturbed) {
            for (const auto& path : left_out) {
                if (is_lent(path)) next.lent.push_back({path, fingerprint_excluded(workspace.root(), path)});
            }
            return next;
        }
        last.tree = scan.tree;
    }
    last.problem = "the workspace keeps changing: something that the agent left behind writes to it";
    return last;
}

CheckRun TerminalChecks::run_one(Sandbox& sandbox, const CheckSpec& spec, const Final& last,
                                 const Interruption& interruption) const {
    try {
        if (Interruption::signal() != 0) return failed_check("stet was asked to end before it could run");
        if (!last.problem.empty()) return failed_check(last.problem);
        const ScratchDirectory scratch;
        const CheckPlace place{.tree = scratch.path() / "tree",
                               .inside = recording_.workspace()->root(),
                               .lent = last.lent,
                               .tools = {},
                               .stop_descriptor = interruption.descriptor()};
        copy_tree(last.copy(), place.tree, {});
        const auto wanted = with_protected(last.tree, recording_.initial(), protect_);
        overlay(kept_->path(), place.tree, diff_trees(last.tree, wanted));
        return run_check(sandbox, spec, place);
    } catch (const Trouble& trouble) {
        return failed_check(trouble.what());
    }
}

Outcome TerminalChecks::record(const CheckSpec& spec, Seq seq, CheckRun run) {
    run.result.spec = seq;
    Draft draft;
    draft.at = recording_.now();
    run.result.output = draft.attach(std::move(run.output));
    draft.body = run.result;
    const auto result = recording_.journal().append(std::move(draft));
    const auto verdict = judge_exit(spec.name, run.result.exit_code, run.result.signal, run.result.timed_out,
                                    run.result.problem);
    recording_.note(VerdictGiven{verdict, result.seq}, {}, result.seq);
    say(fmt::format("{}: {} ({})", verdict.check, to_string(verdict.outcome), verdict.why));
    return verdict.outcome;
}

Outcome TerminalChecks::run(const std::vector<Seq>& seqs, const Tree& final_tree,
                            const Interruption& interruption) {
    if (specs_.empty()) return Outcome::not_run;
    note_excluded_changes();
    Final last;
    try {
        last = settle(final_tree);
    } catch (const Trouble& trouble) {
        last.problem = trouble.what();
    }
    const auto sandbox = make_sandbox(arguments_.sandbox);
    auto worst = Outcome::pass;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        auto run = run_one(*sandbox, specs_[i], last, interruption);
        run.result.state = last.state;
        worst = worse(worst, record(specs_[i], seqs[i], std::move(run)));
    }
    return worst;
}

}  // namespace stet

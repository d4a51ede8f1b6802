#include "tools/recording.hpp"

#include "tools/vouch.hpp"

#include <stet/door/workspace.hpp>
#include <stet/tree.hpp>

#include <algorithm>
#include <csignal>
#include <initializer_list>

namespace stet {

namespace {

/// What we write ourselves is no work of the agent's.
void add_own(std::vector<std::string>& own, const std::filesystem::path& workspace,
             const std::filesystem::path& ours, std::initializer_list<const char*> endings) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(ours, error);
    if (error) return;
    const auto there = std::filesystem::weakly_canonical(whole, error).lexically_relative(workspace);
    if (error || there.empty() || *there.begin() == ".." || there == ".") return;
    auto glob = '/' + there.native();
    // Globs cannot say that a star is meant as such; any one character is the least that matches it.
    std::replace(glob.begin(), glob.end(), '*', '?');
    for (const auto* ending : endings)
        own.push_back(glob + ending);
}

}  // namespace

Recording::Recording(const Options& options) : id_(new_trajectory_id()), redactor_(make_redactor()) {
    path_ = options.log ? *options.log : runs_directory() / (to_string(id_) + ".stet");
    for (const auto& secret : secrets_in_command(options.command))
        redactor_->learn(secret.kind, secret.value);
    if (options.workspace) {
        auto exclude = default_excludes();
        exclude.insert(exclude.end(), options.exclude.begin(), options.exclude.end());
        add_own(own_, *options.workspace, home(), {"/"});
        // The log, and what stands beside it while it is written.
        add_own(own_, *options.workspace, path_, {"", "-wal", "-shm", "-journal"});
        exclude.insert(exclude.end(), own_.begin(), own_.end());
        workspace_ = open_workspace(*options.workspace, {.exclude = std::move(exclude)}, *redactor_);
    }
    log_ = LogWriter::create(path_, {.durability = options.durability});
    journal_ = std::make_unique<Journal>(id_, options.name, clock_.now().wall_ms, *redactor_, *log_);
    if (!workspace_) return;
    auto scan = workspace_->scan([this](std::string bytes) { journal_->put(std::move(bytes)); });
    initial_ = std::move(scan.tree);
    unreadable_ = std::move(scan.unreadable);
}

bool Recording::is_own(std::string_view path) const {
    return std::any_of(own_.begin(), own_.end(), [&](const auto& glob) { return glob_matches(glob, path); });
}

Appended Recording::note(EventBody body, std::vector<std::string> payloads, std::optional<Seq> cause) {
    Draft draft;
    draft.at = clock_.now();
    draft.cause = cause;
    draft.body = std::move(body);
    draft.payloads = std::move(payloads);
    return journal_->append(std::move(draft));
}

std::vector<Seq> Recording::begin(Begin begin, const std::vector<CheckSpec>& specs) {
    if (begin.task_id.empty()) {
        begin.task_id = derive_task_id(begin.instruction.value_or(""), tree_digest(initial_), specs);
    }
    note(std::move(begin));
    std::vector<Seq> seqs;
    for (const auto& spec : specs)
        seqs.push_back(note(spec).seq);
    if (!workspace_) {
        note(Gap{.reason = "workspace not watched", .place = "", .bytes = 0, .raw = {}});
        return seqs;
    }
    Snapshot snapshot{.state = tree_digest(initial_), .manifest = {}, .excluded = workspace_->excluded()};
    for (const auto& entry : initial_.entries) {
        if (entry.kind != EntryKind::file) continue;
        ++snapshot.files;
        snapshot.bytes += entry.size;
        snapshot.redacted_files += entry.redacted ? 1 : 0;
    }
    Draft draft;
    draft.at = clock_.now();
    snapshot.manifest = draft.attach(encode_tree(initial_));
    draft.body = std::move(snapshot);
    journal_->append(std::move(draft));
    for (const auto& path : unreadable_)
        note(Gap{.reason = "not in the snapshot", .place = path, .bytes = 0, .raw = {}});
    return seqs;
}

AgentOutcome Recording::run(const std::function<AgentOutcome()>& record) {
    try {
        return record();
    } catch (const StartTrouble& trouble) {
        seal_unstarted(trouble);
        throw;
    } catch (const Trouble&) {
        log_->flush();
        throw;
    }
}

void Recording::seal_unstarted(const StartTrouble& trouble) {
    note(Note{std::string("the command was not started: ") + trouble.what()});
    note(End{.ending = Ending::unknown, .exit_code = trouble.exit_code(), .signal = {}});
    seal();
}

void Recording::seal() {
    journal_->seal(clock_.now());
    log_.reset();
    auto log = Log::open(path_);
    claim(log, id_, *redactor_);
    log.store(id_, annotate(*log.source(id_)));
}

End end_of(std::optional<int> exit_code, std::optional<int> signal) {
    End end{.ending = Ending::unknown, .exit_code = exit_code, .signal = signal};
    if (signal) {
        const bool asked = *signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP || *signal == SIGKILL;
        end.ending = asked ? Ending::signal : Ending::crash;
    } else if (exit_code) {
        end.ending = *exit_code == 0 ? Ending::success_claimed : Ending::unknown;
    }
    return end;
}

End end_of_server(std::optional<int> exit_code, std::optional<int> signal) {
    auto end = end_of(exit_code, signal);
    if (!signal) end.ending = Ending::unknown;
    return end;
}

int exit_code_of(std::optional<int> exit_code, std::optional<int> signal) {
    if (signal) return 128 + *signal;
    return exit_code.value_or(125);
}

}  // namespace stet

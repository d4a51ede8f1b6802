#include "replay/states.hpp"

#include <stet/door/replay.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view incomplete = "the log is incomplete or was altered";

std::string describe(const std::optional<TreeEntry>& entry) {
    if (!entry) return "not there";
    switch (entry->kind) {
        case EntryKind::directory:
            return fmt::format("directory {:04o}", entry->mode);
        case EntryKind::symlink:
            return short_form(fmt::format("link to {}", entry->target));
        case EntryKind::file:
            break;
    }
    return fmt::format("file {:04o}, {} bytes, {}", entry->mode, entry->size, to_string(entry->content));
}

}  // namespace

std::optional<TreeDifference> first_difference(const Tree& recorded, const Tree& live) {
    const auto edits = diff_trees(recorded, live);
    if (edits.empty()) return std::nullopt;
    const auto& first = edits.front();
    return TreeDifference{first.path(), describe(first.before), describe(first.after)};
}

void RecordedStates::break_at(Seq seq, std::string_view cause, const std::string& what) {
    broken_ = Error{fmt::format("rebuild the state at seq {}: {}", seq.value, what), std::string(incomplete)};
    if (findings_ == nullptr) return;
    findings_->state(false);
    findings_->diverge({seq, "", "", short_form(what), std::string(cause)});
}

/// What follows cannot be known; nothing contradicts it.
void RecordedStates::stop_at(Seq seq, const std::string& what) {
    broken_ = Error{fmt::format("rebuild the state at seq {}: {}", seq.value, what), std::string(incomplete)};
    if (findings_ != nullptr) findings_->missing({seq, "", "", short_form(what), {}});
}

void RecordedStates::compare(Seq seq, const Digest& recorded) {
    digest_ = recorded;
    const auto rebuilt = tree_digest(*tree_);
    if (rebuilt != recorded) {
        break_at(seq, "state",
                 fmt::format("it is {}, recorded is {}", to_string(rebuilt), to_string(recorded)));
    } else if (findings_ != nullptr) {
        findings_->state(true);
    }
}

/// Asks for a content once; a missing one is told where it is first cited.
void RecordedStates::need(Seq seq, const TreeEntry& entry) {
    if (findings_ == nullptr || entry.kind != EntryKind::file || entry.absent) return;
    if (present_.contains(entry.content) || missing_.contains(entry.content)) return;
    if (source_.payload(entry.content)) {
        present_.insert(entry.content);
        return;
    }
    missing_.insert(entry.content);
    findings_->missing({seq, entry.path, to_string(entry.content), "not in the log", {}});
}

void RecordedStates::see(Seq seq, const Snapshot& snapshot) {
    if (snapshot.scope != "workspace" || broken_) return;
    const auto manifest = source_.payload(snapshot.manifest.digest);
    if (!manifest) return stop_at(seq, manifest.error().what);
    auto tree = decode_tree(*manifest);
    if (!tree) return break_at(seq, "state", tree.error().what);
    tree_ = *std::move(tree);
    excluded_ = snapshot.excluded;
    compare(seq, snapshot.state);
    for (const auto& entry : tree_->entries)
        need(seq, entry);
}

void RecordedStates::see(Seq seq, const StateDiff& diff) {
    if (diff.scope != "workspace" || broken_) return;
    if (!tree_) return break_at(seq, "state", "no snapshot stands before this diff");
    if (diff.before != digest_) {
        const auto what = fmt::format("the diff begins at {}, the state was {}", to_string(diff.before),
                                      to_string(digest_));
        return break_at(seq, "state", what);
    }
    std::vector<TreeEdit> edits;
    if (diff.edits) {
        const auto json = source_.payload(diff.edits->digest);
        if (!json) return stop_at(seq, json.error().what);
        auto decoded = decode_edits(*json);
        if (!decoded) return break_at(seq, "state", decoded.error().what);
        edits = *std::move(decoded);
    }
    auto tree = apply_edits(*tree_, edits);
    if (!tree) return break_at(seq, "state", tree.error().what);
    tree_ = *std::move(tree);
    compare(seq, diff.after);
    for (const auto& edit : edits) {
        if (edit.after) need(seq, *edit.after);
    }
}

bool RecordedStates::lacks_content(const Tree& tree) const {
    return std::ranges::any_of(tree.entries, [this](const TreeEntry& entry) {
        return entry.kind == EntryKind::file && (entry.absent || missing_.contains(entry.content));
    });
}

Result<Tree> rebuild_final_tree(EventSource& source) {
    RecordedStates states(source, nullptr);
    source.seek(Seq{0});
    while (const auto event = source.next()) {
        if (const auto* snapshot = std::get_if<Snapshot>(&event->body)) states.see(event->seq, *snapshot);
        if (const auto* diff = std::get_if<StateDiff>(&event->body)) states.see(event->seq, *diff);
        if (states.broken()) return *states.broken();
    }
    if (states.tree() != nullptr) return *states.tree();
    return Error{"rebuild the final state: the recording holds no snapshot",
                 "it was made without a workspace"};
}

}  // namespace stet

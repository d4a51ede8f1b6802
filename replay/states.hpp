#pragma once

#include "replay/findings.hpp"

#include <stet/event_source.hpp>
#include <stet/tree.hpp>

#include <map>
#include <optional>
#include <set>

namespace stet {

/// The workspace as the recording tells it: the snapshot, and each diff applied to it. Compares every
/// digest on the way and looks for every content that is cited.
class RecordedStates {
public:
    /// `source` and `findings` must outlive this; `findings` may be null.
    RecordedStates(const EventSource& source, Findings* findings) : source_(source), findings_(findings) {}

    void see(Seq seq, const Snapshot& snapshot);
    void see(Seq seq, const StateDiff& diff);

    /// The tree so far; null before the first snapshot, and from the first diff on that does not fit.
    const Tree* tree() const { return tree_ && !broken_ ? &*tree_ : nullptr; }
    /// By the recording's own word.
    Digest digest() const { return digest_; }
    const std::vector<std::string>& excluded() const { return excluded_; }
    /// Why there is no tree.
    const std::optional<Error>& broken() const { return broken_; }
    /// A content that the final tree needs is missing.
    bool lacks_content(const Tree& tree) const;

private:
    void break_at(Seq seq, std::string_view cause, const std::string& what);
    void stop_at(Seq seq, const std::string& what);
    void compare(Seq seq, const Digest& recorded);
    void need(Seq seq, const TreeEntry& entry);

    const EventSource& source_;
    Findings* findings_;
    std::optional<Tree> tree_;
    Digest digest_;
    std::vector<std::string> excluded_;
    std::optional<Error> broken_;
    std::set<Digest> present_;
    std::set<Digest> missing_;
};

/// The first entry by path in which two trees differ, each side as a person reads it.
struct TreeDifference {
    std::string path, recorded, live;
};
std::optional<TreeDifference> first_difference(const Tree& recorded, const Tree& live);

}  // namespace stet

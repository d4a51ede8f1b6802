#include "core/tree_path.hpp"

#include <stet/tree.hpp>

#include <algorithm>

namespace stet {
namespace {

bool sorted(const Tree& tree) {
    const auto& entries = tree.entries;
    return std::adjacent_find(entries.begin(), entries.end(), [](const TreeEntry& a, const TreeEntry& b) {
               return a.path >= b.path;
           }) == entries.end();
}

Error refuse(const TreeEdit& edit, std::string_view why) {
    std::string what = "apply a state diff: ";
    what.append(show_path(edit.path())).append(" ").append(why);
    return Error{std::move(what), "apply it to the state that it was taken from"};
}

// What hinders the edit where `there` (or nothing) stands; null when nothing does.
const char* hindrance(const TreeEdit& edit, const TreeEntry* there) {
    if (edit.before && edit.after && edit.before->path != edit.after->path) return "is renamed by its edit";
    if (!edit.before) return there == nullptr ? nullptr : "is to be created and is there already";
    if (there == nullptr) return "is to be changed and is not there";
    return *there == *edit.before ? nullptr : "is not as the diff found it";
}

Result<void> check_edits(const std::vector<TreeEdit>& edits) {
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (!edits[i].before && !edits[i].after) {
            return Error{"apply a state diff: edit " + std::to_string(i) + " has no side", ""};
        }
        if (i > 0 && edits[i - 1].path() >= edits[i].path()) {
            return refuse(edits[i], "is edited twice or out of order");
        }
    }
    return {};
}

}  // namespace

const TreeEntry* Tree::find(std::string_view path) const {
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), path,
                         [](const TreeEntry& entry, std::string_view wanted) { return entry.path < wanted; });
    return found != entries.end() && found->path == path ? &*found : nullptr;
}

std::vector<TreeEdit> diff_trees(const Tree& before, const Tree& after) {
    STET_ASSERT(sorted(before) && sorted(after));
    std::vector<TreeEdit> edits;
    auto left = before.entries.begin();
    auto right = after.entries.begin();
    while (left != before.entries.end() || right != after.entries.end()) {
        const bool only_left =
            right == after.entries.end() || (left != before.entries.end() && left->path < right->path);
        const bool only_right = !only_left && (left == before.entries.end() || right->path < left->path);
        if (only_left) {
            edits.push_back({*left++, std::nullopt});
        } else if (only_right) {
            edits.push_back({std::nullopt, *right++});
        } else {
            if (*left != *right) edits.push_back({*left, *right});
            ++left;
            ++right;
        }
    }
    return edits;
}

Result<Tree> apply_edits(const Tree& tree, const std::vector<TreeEdit>& edits) {
    if (const auto checked = check_edits(edits); !checked) return checked.error();
    Tree result;
    result.entries.reserve(tree.entries.size() + edits.size());
    auto at = tree.entries.begin();
    for (const auto& edit : edits) {
        while (at != tree.entries.end() && at->path < edit.path())
            result.entries.push_back(*at++);
        const bool there = at != tree.entries.end() && at->path == edit.path();
        if (const char* const why = hindrance(edit, there ? &*at : nullptr)) return refuse(edit, why);
        if (edit.after) result.entries.push_back(*edit.after);
        if (there) ++at;
    }
    result.entries.insert(result.entries.end(), at, tree.entries.end());
    if (const auto checked = check_order(result); !checked) return checked.error();
    return result;
}

std::vector<TreeEdit> invert(const std::vector<TreeEdit>& edits) {
    std::vector<TreeEdit> inverse;
    inverse.reserve(edits.size());
    for (const auto& edit : edits)
        inverse.push_back({edit.after, edit.before});
    return inverse;
}

EditCounts count_edits(const std::vector<TreeEdit>& edits) {
    EditCounts counts;
    for (const auto& edit : edits) {
        auto& count = !edit.before ? counts.created : !edit.after ? counts.deleted : counts.changed;
        ++count;
    }
    return counts;
}

}  // namespace stet

#pragma once

#include <stet/digest.hpp>
#include <stet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// A tree of files as a value: what a workspace looked like, on every machine the same.

enum class EntryKind : std::uint8_t { file, directory, symlink };

struct TreeEntry {
    std::string path;  ///< Relative, '/'-separated, no "." or "..", raw bytes as the file system has them.
    EntryKind kind = EntryKind::file;
    std::uint32_t mode = 0644;  ///< Permission bits, 0…07777; 0 for symlinks.
    Digest content;             ///< Files: of the (redacted) bytes. Others: none.
    std::uint64_t size = 0;     ///< Files: bytes.
    std::string target;         ///< Symlinks only.
    bool redacted = false;      ///< The stored content lacks a secret that the file held.
    bool absent = false;  ///< The content was not kept (too large, unreadable): only its digest is known,
                          ///< or nothing.
    friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

/// Entries sorted by path bytes, each path once. The root directory itself is not an entry.
struct Tree {
    std::vector<TreeEntry> entries;
    friend bool operator==(const Tree&, const Tree&) = default;

    /// Null when there is none. Needs the entries sorted.
    const TreeEntry* find(std::string_view path) const;
};

/// What is wrong with a path as entries have them ("is absolute", …); null when nothing is.
[[nodiscard]] const char* path_flaw(std::string_view path);

/// The manifest: one compact JSON line per entry, in order. The tree's digest is the SHA-256 of these
/// bytes (docs/file-format.md has the form and test vectors). Each tree has exactly one manifest, and
/// `decode_tree` accepts no other bytes: the digest of what it gives is the digest of what it read.
/// Paths and targets that are not UTF-8 stand in hexadecimal. The entries must be sorted.
std::string encode_tree(const Tree& tree);
[[nodiscard]] Result<Tree> decode_tree(std::string_view manifest);
[[nodiscard]] Digest tree_digest(const Tree& tree);

/// One entry before and after; at least one side is there. Moves are a deletion and a creation.
struct TreeEdit {
    std::optional<TreeEntry> before, after;
    friend bool operator==(const TreeEdit&, const TreeEdit&) = default;
    const std::string& path() const { return after ? after->path : before->path; }
};

/// The edits that turn `before` into `after`, sorted by path. Empty when they are equal. The entries of
/// both must be sorted.
[[nodiscard]] std::vector<TreeEdit> diff_trees(const Tree& before, const Tree& after);

struct EditCounts {
    std::uint32_t created = 0, changed = 0, deleted = 0;
};
[[nodiscard]] EditCounts count_edits(const std::vector<TreeEdit>& edits);

/// `tree` with the edits made. An error names the first edit whose `before` is not what is there, or an
/// entry that would stand below a file.
[[nodiscard]] Result<Tree> apply_edits(const Tree& tree, const std::vector<TreeEdit>& edits);
/// The same edits backwards.
[[nodiscard]] std::vector<TreeEdit> invert(const std::vector<TreeEdit>& edits);

/// JSON: `[{"before":entry|null,"after":entry|null}, …]`.
std::string encode_edits(const std::vector<TreeEdit>& edits);
[[nodiscard]] Result<std::vector<TreeEdit>> decode_edits(std::string_view json);

/// Does `path` match the glob? `*` and `?` stop at '/', `**` does not; a glob without '/' matches
/// the last component at any depth; a trailing '/' matches the directory and everything below.
/// A leading '/' ties a glob to the top; `**/` matches no component too (`a/**/b` matches `a/b`).
/// Everything else stands for itself, brackets, braces and backslashes too.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path);

/// A unified text diff (three lines of context, `@@` headers) of two contents; empty when equal.
/// Both must be text. Myers' algorithm, bounded: very different texts are shown as replaced.
std::string unified_diff(std::string_view before, std::string_view after);

/// No NUL byte, and valid UTF-8.
[[nodiscard]] bool looks_like_text(std::string_view bytes);

}  // namespace stet

#pragma once

#include <stet/environment.hpp>
#include <stet/tree.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// How a path ends up, its symbolic links followed.
struct Resolved {
    enum class Fate : std::uint8_t {
        inside,
        outside,
        missing,
        not_a_directory,
        loop,
        too_long
    } fate = Fate::inside;
    std::string
        path;  ///< Inside: relative to the root (empty: the root). Outside: absolute, as far as can be known.
};

/// A tree of files in memory: the state of the files world. Paths are relative to the root, bytes as a
/// file system has them; the root is the empty path and always there.
///
/// The digest is that of the tree (tree.hpp); only entries that changed are encoded again.
class FileStore {
public:
    static constexpr std::size_t name_bytes_max = 255;   ///< NAME_MAX of Linux.
    static constexpr std::size_t path_bytes_max = 4095;  ///< PATH_MAX without its NUL.
    static constexpr int links_max = 40;                 ///< Followed in one path, as Linux does.

    FileStore() = default;
    /// An error when the tree is none: unsorted, or an entry without its directory.
    [[nodiscard]] static Result<FileStore> open(const WorldStart& start);

    const std::string& root() const { return root_; }
    std::string absolute(std::string_view path) const;

    /// Null when there is none (and for the root).
    const TreeEntry* find(std::string_view path) const;
    bool is_directory(std::string_view path) const;
    /// The names in a directory, in order of their bytes.
    std::vector<std::string> names_in(std::string_view directory) const;
    /// Follows links, of the last component too.
    Resolved resolve(std::string_view path) const;

    /// An error when the log did not keep the content.
    [[nodiscard]] Result<std::string> content(const Digest& digest) const;

    /// Creates the file or replaces its bytes. Its directory must be there.
    void write(const std::string& path, std::string bytes, std::uint32_t mode);
    void create_directory(const std::string& path, std::uint32_t mode);
    /// With everything below. The destination must not be there, its directory must.
    void move(const std::string& source, const std::string& destination);

    const Tree& tree() const;
    Digest digest() const;

private:
    struct Node {
        TreeEntry entry;
        mutable std::string line;  ///< Its line of the manifest; empty: not encoded yet.
    };
    using Nodes = std::map<std::string, Node, std::less<>>;

    void put(TreeEntry entry);
    Resolved follow(std::string path, const std::string& link_target, std::string rest, int links) const;
    Resolved walk(std::string path, std::string rest, int links) const;

    std::string root_;
    Nodes nodes_;
    std::map<Digest, std::string> written_;
    std::function<Result<std::string>(const Digest&)> recorded_;
    mutable std::optional<Tree> tree_;
    mutable std::optional<Digest> digest_;
};

/// The path without "." and "..", doubled and trailing slashes; absolute paths stop at "/".
std::string plain_path(std::string_view path);
/// "a/b" of "a/b/c"; empty at the top.
std::string_view directory_of(std::string_view path);

}  // namespace stet

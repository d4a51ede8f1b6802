#include "envs/file_store.hpp"

#include <fmt/format.h>

#include <utility>

namespace stet {
namespace {

std::string join(std::string_view directory, std::string_view name) {
    if (directory.empty()) return std::string(name);
    return fmt::format("{}/{}", directory, name);
}

/// Takes the first component off.
std::string take_component(std::string& path) {
    const auto slash = path.find('/');
    auto first = path.substr(0, slash);
    path = slash == std::string::npos ? "" : path.substr(slash + 1);
    return first;
}

}  // namespace

std::string plain_path(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto part = path.substr(at, end - at);
        at = end + 1;
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    std::string out;
    for (const auto part : parts)
        out += fmt::format("/{}", part);
    return out.empty() ? "/" : out;
}

std::string_view directory_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

Result<FileStore> FileStore::open(const WorldStart& start) {
    FileStore store;
    store.root_ = plain_path(start.root);
    store.recorded_ = start.content;
    const TreeEntry* before = nullptr;
    for (const auto& entry : start.tree.entries) {
        if (before != nullptr && before->path >= entry.path) {
            return Error{fmt::format("start world files: the tree is not sorted at {}", entry.path), ""};
        }
        before = &entry;
        const auto directory = directory_of(entry.path);
        if (!store.is_directory(directory)) {
            return Error{fmt::format("start world files: {} has no directory {}", entry.path, directory),
                         "the snapshot is incomplete"};
        }
        store.put(entry);
    }
    return store;
}

std::string FileStore::absolute(std::string_view path) const {
    if (path.empty()) return root_;
    return root_ == "/" ? fmt::format("/{}", path) : fmt::format("{}/{}", root_, path);
}

const TreeEntry* FileStore::find(std::string_view path) const {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second.entry;
}

bool FileStore::is_directory(std::string_view path) const {
    if (path.empty()) return true;
    const auto* entry = find(path);
    return entry != nullptr && entry->kind == EntryKind::directory;
}

std::vector<std::string> FileStore::names_in(std::string_view directory) const {
    const auto prefix = directory.empty() ? std::string() : fmt::format("{}/", directory);
    std::vector<std::string> names;
    for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);) {
        const auto slash = at->first.find('/', prefix.size());
        if (slash == std::string::npos) {
            names.push_back(at->first.substr(prefix.size()));
            ++at;
        } else {
            // Past everything below this directory: '0' follows '/'.
            at = nodes_.lower_bound(at->first.substr(0, slash) + "0");
        }
    }
    return names;
}

Resolved FileStore::resolve(std::string_view path) const {
    return walk("", std::string(path), 0);
}

/// Goes on with `rest` from `path`, which is resolved.
Resolved FileStore::walk(std::string path, std::string rest, int links) const {
    using Fate = Resolved::Fate;
    while (!rest.empty()) {
        if (!is_directory(path)) return {Fate::not_a_directory, path};
        const auto name = take_component(rest);
        if (name.empty() || name == ".") continue;
        if (name == ".." && path.empty()) {
            const auto above = root_ + "/../" + rest;
            return follow("", above, "", links + 1);
        }
        if (name == "..") {
            path = std::string(directory_of(path));
            continue;
        }
        if (name.size() > name_bytes_max) return {Fate::too_long, path};
        auto next = join(path, name);
        const auto* entry = find(next);
        if (entry == nullptr) return {Fate::missing, next};
        if (entry->kind == EntryKind::symlink) return follow(std::move(path), entry->target, rest, links + 1);
        path = std::move(next);
    }
    return {Fate::inside, path};
}

Resolved FileStore::follow(std::string path, const std::string& target, std::string rest, int links) const {
    if (links > links_max) return {Resolved::Fate::loop, path};
    if (!target.starts_with('/')) return walk(std::move(path), join(target, rest), links);
    const auto whole = plain_path(target + "/" + rest);
    const auto under = root_ == "/" ? root_ : root_ + "/";
    if (whole == root_) return {Resolved::Fate::inside, ""};
    if (!whole.starts_with(under)) return {Resolved::Fate::outside, whole};
    return walk("", whole.substr(under.size()), links);
}

Result<std::string> FileStore::content(const Digest& digest) const {
    if (const auto found = written_.find(digest); found != written_.end()) return found->second;
    if (!recorded_) return Error{"content " + to_string(digest) + " was not given", ""};
    return recorded_(digest);
}

void FileStore::put(TreeEntry entry) {
    auto path = entry.path;
    nodes_.insert_or_assign(std::move(path), Node{std::move(entry), {}});
    tree_.reset();
    digest_.reset();
}

void FileStore::write(const std::string& path, std::string bytes, std::uint32_t mode) {
    STET_ASSERT(is_directory(directory_of(path)));
    TreeEntry entry;
    entry.path = path;
    entry.mode = mode;
    entry.content = sha256(bytes);
    entry.size = bytes.size();
    written_.insert_or_assign(entry.content, std::move(bytes));
    put(std::move(entry));
}

void FileStore::create_directory(const std::string& path, std::uint32_t mode) {
    STET_ASSERT(is_directory(directory_of(path)));
    TreeEntry entry;
    entry.path = path;
    entry.kind = EntryKind::directory;
    entry.mode = mode;
    put(std::move(entry));
}

void FileStore::move(const std::string& source, const std::string& destination) {
    STET_ASSERT(find(source) != nullptr && find(destination) == nullptr);
    const auto prefix = source + "/";
    std::vector<std::string> paths{source};
    for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix); ++at) {
        paths.push_back(at->first);
    }
    for (const auto& path : paths) {
        auto entry = std::move(nodes_.extract(path).mapped().entry);
        entry.path = destination + path.substr(source.size());
        put(std::move(entry));
    }
}

const Tree& FileStore::tree() const {
    if (!tree_) {
        tree_.emplace();
        for (const auto& [path, node] : nodes_)
            tree_->entries.push_back(node.entry);
    }
    return *tree_;
}

Digest FileStore::digest() const {
    if (!digest_) {
        Hasher hasher;
        for (const auto& [path, node] : nodes_) {
            if (node.line.empty()) node.line = encode_tree(Tree{{node.entry}});
            hasher.update(node.line);
        }
        digest_ = hasher.finish();
    }
    return *digest_;
}

}  // namespace stet

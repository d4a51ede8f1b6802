#include "workspace/exclusion.hpp"
#include "workspace/read_content.hpp"
#include "workspace/tree_writer.hpp"
#include "workspace/walk.hpp"

#include <stet/door/workspace.hpp>
#include <stet/tree.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>

namespace stet {
namespace workspace {
namespace {

Digest content_of(int directory, const char* name, int& error) {
    const Descriptor file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    error = file ? 0 : errno;
    return file ? digest_file(file.get(), error) : Digest{};
}

bool is_repository(std::string_view path) {
    return path == ".git" || path.ends_with("/.git");
}

/// What of a repository says where it stands. The rest (objects, logs, hooks) follows from it, or does not
/// matter, and changes with every command.
bool says_where_a_repository_stands(std::string_view path) {
    return path == "HEAD" || path == "index" || path == "packed-refs" || path == "config" || path == "refs" ||
           path.starts_with("refs/");
}

class Fingerprint final : public Visitor {
public:
    explicit Fingerprint(bool repository) : repository_(repository), caches_(remade_excludes()) {}

    Digest of(int root) {
        walk(root, *this);
        return hasher_.finish();
    }

    bool meet(const Met& met) override {
        if (repository_ ? !says_where_a_repository_stands(met.path)
                        : caches_.leaves_out(met.path, met.facts.is_directory()))
            return false;
        int error = 0;
        std::string what;
        if (met.facts.is_directory()) what = "directory";
        if (met.facts.is_symlink()) what = read_link(met.directory, met.name, error);
        if (met.facts.is_file()) what = to_hex(content_of(met.directory, met.name, error));
        if (error != 0) {
            fail(met.path, error);
        } else {
            add(met.path, met.facts.is_symlink() ? 0 : met.facts.mode, what);
        }
        return true;
    }

    /// What cannot be read is part of what the tree is: unreadable here is not unreadable there.
    void fail(const std::string& path, int error) override {
        add(path, 0, error == ENOENT ? "gone" : "unreadable");
    }

private:
    /// Names hold no NUL, so no two trees give the same bytes.
    void add(const std::string& path, std::uint32_t mode, const std::string& what) {
        constexpr std::string_view end("\0", 1);
        hasher_.update(path)
            .update(end)
            .update(fmt::format("{:o}", mode))
            .update(end)
            .update(what)
            .update(end);
    }

    bool repository_;
    Exclusion caches_;
    Hasher hasher_;
};

/// What tells one state of an excluded tree from another without reading it.
class Stamp final : public Visitor {
public:
    Digest of(int root) {
        walk(root, *this);
        return hasher_.finish();
    }
    bool meet(const Met& met) override {
        if (caches_.leaves_out(met.path, met.facts.is_directory())) return false;
        // Caches come and go in a directory, and its times with them.
        if (!met.facts.is_directory()) add(met.path, met.facts.changed_ns, met.facts.size);
        return true;
    }
    void fail(const std::string& path, int error) override { add(path, error, 0); }

private:
    void add(const std::string& path, std::int64_t time, std::uint64_t size) {
        hasher_.update(fmt::format("{}\n{}\n{}\n", path, time, size));
    }

    Exclusion caches_{remade_excludes()};
    Hasher hasher_;
};

/// Opens what stands at a path beneath a directory, reached through real directories alone. None when
/// there is nothing, or neither a directory nor a file.
Descriptor open_excluded(const std::filesystem::path& root, const std::string& path, Facts& facts) {
    const Descriptor top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto [above, name] = split_path(path);
    const auto parent = top ? open_beneath(top.get(), above) : Descriptor();
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    Descriptor opened(parent ? ::openat(parent.get(), name.c_str(), flags) : -1);
    const int error = opened ? facts_of(opened.get(), facts) : errno;
    const bool nothing = error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENXIO;
    if (error != 0 && !nothing) throw Trouble("fingerprint", (root / path).native(), reason(error));
    if (error != 0 || (!facts.is_directory() && !facts.is_file())) return {};
    return opened;
}

}  // namespace
}  // namespace workspace

Digest fingerprint_excluded(const std::filesystem::path& root, const std::string& path) {
    if (path_flaw(path) != nullptr) return {};
    workspace::Facts facts;
    const auto opened = workspace::open_excluded(root, path, facts);
    if (!opened) return {};
    if (facts.is_directory()) return workspace::Fingerprint(workspace::is_repository(path)).of(opened.get());
    int error = 0;
    const auto digest = workspace::digest_file(opened.get(), error);
    if (error != 0) throw Trouble("fingerprint", (root / path).native(), workspace::reason(error));
    return digest;
}

Digest stamp_excluded(const std::filesystem::path& root, const std::string& path) {
    workspace::Facts facts;
    const auto opened = workspace::open_excluded(root, path, facts);
    const bool quick = facts.is_file() || workspace::is_repository(path);
    if (!opened || quick) return fingerprint_excluded(root, path);
    return workspace::Stamp().of(opened.get());
}

}  // namespace stet

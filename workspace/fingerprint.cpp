#include "workspace/exclusion.hpp"
#include "workspace/read_content.hpp"
#include "workspace/walk.hpp"

#include <stet/door/workspace.hpp>

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

class Fingerprint final : public Visitor {
public:
    Fingerprint() : caches_(remade_excludes()) {}

    Digest of(int root) {
        walk(root, *this);
        return hasher_.finish();
    }

    bool meet(const Met& met) override {
        if (caches_.leaves_out(met.path, met.facts.is_directory())) return false;
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

    Exclusion caches_;
    Hasher hasher_;
};

}  // namespace
}  // namespace workspace

Digest fingerprint_tree(const std::filesystem::path& directory) {
    const workspace::Descriptor root(::open(directory.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!root && (errno == ENOENT || errno == ENOTDIR)) return {};
    if (!root) throw Trouble("fingerprint", directory.native(), workspace::reason(errno));
    workspace::Facts facts;
    int error = workspace::facts_of(root.get(), facts);
    if (error == 0 && facts.is_directory()) return workspace::Fingerprint().of(root.get());
    const auto digest = facts.is_file() ? workspace::digest_file(root.get(), error) : Digest{};
    if (error != 0) throw Trouble("fingerprint", directory.native(), workspace::reason(error));
    return digest;
}

}  // namespace stet

#include "workspace/env_files.hpp"

#include "workspace/descriptor.hpp"
#include "workspace/walk.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace stet::workspace {
namespace {

/// An env file is written by hand; what lies behind this is none.
constexpr std::size_t env_bytes_max = 1u << 20;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Looks at names only, which costs a small part of what a scan does.
class EnvWalk {
public:
    EnvWalk(const Exclusion& exclusion, Redactor& redactor) : exclusion_(exclusion), redactor_(redactor) {}

    void enter(Descriptor descriptor, unsigned depth) {
        if (depth > walk_depth_max) return;
        const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(descriptor.get()));
        if (!directory) return;
        (void)descriptor.release();  // fdopendir() owns it now.
        const int here = ::dirfd(directory.get());
        std::vector<std::string> directories;
        while (const dirent* entry = ::readdir(directory.get())) {
            const std::string name = entry->d_name;
            if (name == "." || name == "..") continue;
            const bool is_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
            if (is_directory && !exclusion_.leaves_out(path_ + name, true)) directories.push_back(name);
            if (is_env_file(name) && !exclusion_.leaves_out(path_ + name, false))
                learn_env_file(here, name.c_str(), redactor_);
        }
        for (const auto& name : directories) {
            constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
            Descriptor inner(::openat(here, name.c_str(), flags));
            if (!inner) continue;
            const auto length = path_.size();
            path_ += name + '/';
            enter(std::move(inner), depth + 1);
            path_.resize(length);
        }
    }

private:
    const Exclusion& exclusion_;
    Redactor& redactor_;
    std::string path_;  ///< Of the directory, with a slash at its end; empty at the root.
};

}  // namespace

bool is_env_file(std::string_view name) {
    return name == ".env" || name.starts_with(".env.");
}

void learn_env_file(int directory, const char* name, Redactor& redactor) {
    if (!is_env_file(name)) return;
    // O_NONBLOCK: a FIFO of this name must not hold us.
    const Descriptor file(
        ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    Facts facts;
    if (!file || facts_of(file.get(), facts) != 0 || !facts.is_file()) return;
    std::string text(env_bytes_max, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
    }
    for (const auto& secret : secrets_in_env_file(std::string_view(text).substr(0, size)))
        redactor.learn(secret.kind, secret.value);
}

void learn_env_files(int root, const Exclusion& exclusion, Redactor& redactor) {
    Descriptor descriptor(::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor) EnvWalk(exclusion, redactor).enter(std::move(descriptor), 0);
}

}  // namespace stet::workspace

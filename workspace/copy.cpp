#include "workspace/exclusion.hpp"
#include "workspace/tree_writer.hpp"
#include "workspace/walk.hpp"

#include <stet/door/workspace.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace stet {
namespace workspace {
namespace {

class Copy final : public Visitor {
public:
    Copy(const std::filesystem::path& from, const std::filesystem::path& to,
         const std::vector<std::string>& exclude)
        : from_(from), writer_(to), exclusion_(exclude) {}

    std::vector<std::string> run() {
        const Descriptor root(::open(from_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!root) throw Trouble("copy", from_.native(), reason(errno), "name a directory that is there");
        if (!writer_.is_empty()) throw Trouble("copy to", "", "the target is not empty");
        walk(root.get(), *this);
        writer_.finish();
        std::sort(left_out_.begin(), left_out_.end());
        return std::move(left_out_);
    }

    bool meet(const Met& met) override {
        if (exclusion_.leaves_out(met.path, met.facts.is_directory())) {
            left_out_.push_back(met.path);
            return false;
        }
        if (met.facts.is_directory()) {
            writer_.make_directory(met.path, met.facts.permissions());
        } else if (met.facts.is_symlink()) {
            int error = 0;
            const auto target = read_link(met.directory, met.name, error);
            if (error != 0) return fail(met.path, error), false;
            writer_.make_symlink(met.path, target);
        } else if (met.facts.is_file()) {
            copy_file(met);
        }
        return true;
    }

    void fail(const std::string& path, int error) override {
        if (error != ENOENT) throw Trouble("copy", (from_ / path).native(), reason(error));
    }

private:
    void copy_file(const Met& met) {
        const Descriptor from(
            ::openat(met.directory, met.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!from) return fail(met.path, errno);
        const auto to = writer_.make_file(met.path, met.facts.permissions());
        copy_bytes(from.get(), to.get(), (from_ / met.path).native());
        set_modified(to.get(), met.facts.modified_ns);
    }

    const std::filesystem::path& from_;
    TreeWriter writer_;
    Exclusion exclusion_;
    std::vector<std::string> left_out_;
};

class FindExcluded final : public Visitor {
public:
    explicit FindExcluded(const std::vector<std::string>& exclude) : exclusion_(exclude) {}

    std::vector<std::string> run(int root) {
        walk(root, *this);
        std::sort(found_.begin(), found_.end());
        return std::move(found_);
    }
    bool meet(const Met& met) override {
        const bool left_out = exclusion_.leaves_out(met.path, met.facts.is_directory());
        if (left_out) found_.push_back(met.path);
        return !left_out;
    }
    void fail(const std::string&, int) override {}

private:
    Exclusion exclusion_;
    std::vector<std::string> found_;
};

}  // namespace
}  // namespace workspace

std::vector<std::string> find_excluded(const std::filesystem::path& root,
                                       const std::vector<std::string>& exclude) {
    const workspace::Descriptor top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return top ? workspace::FindExcluded(exclude).run(top.get()) : std::vector<std::string>();
}

std::vector<std::string> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const std::vector<std::string>& exclude) {
    return workspace::Copy(from, to, exclude).run();
}

}  // namespace stet

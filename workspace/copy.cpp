#include "workspace/exclusion.hpp"
#include "workspace/tree_writer.hpp"
#include "workspace/walk.hpp"

#include <stet/door/workspace.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace stet {
namespace workspace {
namespace {

constexpr std::size_t piece_bytes = 256u << 10;

/// copy_file_range shares blocks where the file system can; elsewhere bytes are carried by hand.
void copy_bytes(int from, int to, const std::string& place) {
    while (true) {
        const auto copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{1} << 30, 0);
        if (copied == 0) return;
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0) break;
    }
    std::string piece(piece_bytes, '\0');
    while (true) {
        const auto got = ::read(from, piece.data(), piece.size());
        if (got == 0) return;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Trouble("read", place, reason(errno));
        write_all(to, std::string_view(piece.data(), static_cast<std::size_t>(got)), place);
    }
}

timespec time_of(std::int64_t ns) {
    return {ns / 1'000'000'000, ns % 1'000'000'000};
}

class Copy final : public Visitor {
public:
    Copy(const std::filesystem::path& from, const std::filesystem::path& to,
         const std::vector<std::string>& exclude)
        : from_(from), writer_(to), exclusion_(exclude) {}

    std::vector<std::string> run() {
        const Descriptor root(::open(from_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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
        // Build tools compare times; they are copied, which cannot fail on a file of our own.
        const std::array times{time_of(met.facts.modified_ns), time_of(met.facts.modified_ns)};
        (void)::futimens(to.get(), times.data());
    }

    const std::filesystem::path& from_;
    TreeWriter writer_;
    Exclusion exclusion_;
    std::vector<std::string> left_out_;
};

}  // namespace
}  // namespace workspace

std::vector<std::string> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const std::vector<std::string>& exclude) {
    return workspace::Copy(from, to, exclude).run();
}

}  // namespace stet

#include "workspace/walk.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <vector>

namespace stet::workspace {
namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// A directory stands twice in its parent's list, as `name` and as `name/`: what is in it comes
/// after its siblings that sort between the two (`name.txt`).
struct Stop {
    std::string key;
    Facts facts;
    bool inside = false;  ///< `name/`: go in. Cleared when the visitor does not want to.
};

class Walk {
public:
    explicit Walk(Visitor& visitor) : visitor_(visitor) {}

    void enter(Descriptor descriptor, unsigned depth) {
        Directory directory(::fdopendir(descriptor.get()));
        if (!directory) return visitor_.fail(path_, errno);
        (void)descriptor.release();  // fdopendir() owns it now.
        auto stops = list(directory.get());
        std::sort(stops.begin(), stops.end(), [](const Stop& a, const Stop& b) { return a.key < b.key; });
        std::vector<std::string> unwanted;
        for (auto& stop : stops)
            visit(directory.get(), stop, depth, unwanted);
    }

private:
    std::vector<Stop> list(DIR* directory) {
        std::vector<Stop> stops;
        errno = 0;
        while (const dirent* entry = ::readdir(directory)) {
            const std::string name = entry->d_name;
            if (name == "." || name == "..") continue;
            Facts facts;
            if (const int error = facts_at(::dirfd(directory), name.c_str(), facts)) {
                fail(name, error);
            } else {
                if (facts.is_directory()) stops.push_back({name + '/', facts, true});
                stops.push_back({name, facts, false});
            }
            errno = 0;
        }
        if (errno != 0) visitor_.fail(path_, errno);
        return stops;
    }

    void fail(const std::string& name, int error) {
        visitor_.fail(path_.empty() ? name : path_ + '/' + name, error);
    }

    void visit(DIR* directory, Stop& stop, unsigned depth, std::vector<std::string>& unwanted) {
        const auto length = path_.size();
        if (stop.inside) stop.key.pop_back();
        if (length != 0) path_ += '/';
        path_ += stop.key;
        if (!stop.inside) {
            const Met met{path_, stop.key.c_str(), ::dirfd(directory), stop.facts};
            if (!visitor_.meet(met) && stop.facts.is_directory()) unwanted.push_back(stop.key);
        } else if (std::find(unwanted.begin(), unwanted.end(), stop.key) == unwanted.end()) {
            go_in(::dirfd(directory), stop, depth);
        }
        path_.resize(length);
    }

    void go_in(int parent, const Stop& stop, unsigned depth) {
        if (depth >= walk_depth_max) return visitor_.fail(path_, ENAMETOOLONG);
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        Descriptor descriptor(::openat(parent, stop.key.c_str(), flags));
        if (!descriptor) return visitor_.fail(path_, errno);
        Facts now;
        const int error = facts_of(descriptor.get(), now);
        if (error != 0) return visitor_.fail(path_, error);
        if (now.inode != stop.facts.inode || now.device != stop.facts.device)
            return visitor_.fail(path_, ESTALE);
        enter(std::move(descriptor), depth + 1);
    }

    Visitor& visitor_;
    std::string path_;
};

}  // namespace

void walk(int root, Visitor& visitor) {
    Descriptor descriptor(::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor) return visitor.fail("", errno);
    Walk(visitor).enter(std::move(descriptor), 0);
}

}  // namespace stet::workspace

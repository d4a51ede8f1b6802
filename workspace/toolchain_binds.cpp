#include "workspace/bubblewrap.hpp"
#include "workspace/search_path.hpp"
#include "workspace/within.hpp"

#include <stet/door/workspace.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace stet {
namespace {

namespace fs = std::filesystem;
using workspace::is_within;

bool is_system(const fs::path& path) {
    const auto& system = workspace::system_directories();
    return std::any_of(system.begin(), system.end(),
                       [&](const auto& place) { return is_within(path, place); });
}

/// Places where programs live beside secrets (tokens, histories, keyrings): of these, only parts.
struct Mixed {
    std::string_view below_home;
    std::array<std::string_view, 3> parts;
};
constexpr std::array mixed{
    Mixed{"", {"bin", "", ""}},
    Mixed{".local", {"bin", "lib", ""}},          // Not share/: keyrings, tokens.
    Mixed{".cargo", {"bin", "registry", "git"}},  // Not credentials.toml.
    Mixed{".npm-global", {"bin", "lib", ""}},
    Mixed{".bun", {"bin", "", ""}},
    Mixed{".deno", {"bin", "", ""}},
};

class Binds {
public:
    explicit Binds(const fs::path& home) : home_(home.lexically_normal()) {}

    /// Where a program lies tells what belongs to it: `P/bin/x` means P, `P/shims/x` too.
    void add_home_of(const fs::path& program) {
        const auto directory = program.parent_path();
        if (is_system(program) || !program.is_absolute() || directory == directory.root_path()) return;
        const auto name = directory.filename();
        const auto whole =
            name == "bin" || name == "shims" || name == "sbin" ? directory.parent_path() : directory;
        if (!add_part_of(whole) && whole != whole.root_path() && !is_within(home_, whole))
            places_.insert(whole);
        // cargo and rustc in ~/.cargo/bin are proxies for what lies here.
        const auto toolchains = home_ / ".rustup";
        if (whole == home_ / ".cargo" && exists(toolchains)) places_.insert(toolchains);
    }

    std::vector<SandboxJob::Bind> take() const {
        std::vector<SandboxJob::Bind> binds;
        for (const auto& place : places_) {
            const bool inside = std::any_of(binds.begin(), binds.end(),
                                            [&](const auto& bind) { return is_within(place, bind.to); });
            if (!inside) binds.push_back({place, place});
        }
        return binds;
    }

private:
    static bool exists(const fs::path& path) {
        std::error_code error;
        return fs::exists(path, error);
    }

    bool add_part_of(const fs::path& whole) {
        if (home_.empty()) return false;
        for (const auto& place : mixed) {
            const auto root = place.below_home.empty() ? home_ : home_ / place.below_home;
            if (whole != root) continue;
            for (const auto part : place.parts) {
                if (!part.empty() && exists(root / part)) places_.insert(root / part);
            }
            return true;
        }
        return false;
    }

    fs::path home_;
    std::set<fs::path> places_;  ///< Sorted: a directory comes before what is in it.
};

}  // namespace

std::vector<SandboxJob::Bind> toolchain_binds(const std::vector<Tool>& tools, const std::string& path) {
    const char* home = std::getenv("HOME");
    Binds binds(home != nullptr ? home : "");
    const workspace::SearchPath search(path, "/");
    for (const auto& tool : tools) {
        if (!tool.path.empty()) binds.add_home_of(tool.path);
        // By the name under which PATH has it too: the link, and what lies beside the link.
        if (const auto found = search.find(tool.name)) binds.add_home_of(*found);
    }
    return binds.take();
}

}  // namespace stet

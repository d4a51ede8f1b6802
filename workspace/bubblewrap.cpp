#include "workspace/bubblewrap.hpp"

#include "workspace/within.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace stet::workspace {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

/// A directory with more entries is not rebuilt to make room for a mount point.
constexpr std::size_t opened_entries_max = 512;

void add(Arguments& arguments, std::initializer_list<std::string> words) {
    arguments.insert(arguments.end(), words.begin(), words.end());
}

/// Shows a path of the host as it is there: a symlink as one, anything else read-only.
void show(Arguments& arguments, const fs::path& path) {
    std::error_code error;
    const auto status = fs::symlink_status(path, error);
    if (error || !fs::exists(status)) return;
    if (!fs::is_symlink(status)) return add(arguments, {"--ro-bind", path.native(), path.native()});
    const auto target = fs::read_symlink(path, error);
    if (!error) add(arguments, {"--symlink", target.native(), path.native()});
}

/// The sandbox sees the system's settings, not its secrets: as root, a check could read them.
void hide_secrets(Arguments& arguments) {
    std::error_code ignored;
    for (const auto* file : {"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers",
                             "/etc/krb5.keytab"}) {
        if (fs::is_regular_file(file, ignored)) add(arguments, {"--ro-bind", "/dev/null", file});
    }
    for (const auto* directory : {"/etc/ssh", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/sudoers.d",
                                  "/etc/wireguard", "/etc/NetworkManager", "/etc/letsencrypt"}) {
        if (fs::is_directory(directory, ignored))
            add(arguments, {"--tmpfs", directory, "--remount-ro", directory});
    }
}

/// A mount point can't be made in a read-only directory. When the tree belongs at a place that this
/// host lacks (/opt/app, /usr/src/app), the directory above is built anew: the same entries, and room.
Result<void> make_room(Arguments& arguments, const fs::path& inside) {
    const auto system = [&](const std::string& directory) { return is_within(inside, directory); };
    const auto& directories = system_directories();
    std::error_code error;
    if (std::none_of(directories.begin(), directories.end(), system) || fs::exists(inside, error)) return {};
    auto above = inside.parent_path();
    while (!fs::is_directory(above, error))
        above = above.parent_path();
    if (above == above.root_path()) return {};
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(above, error), end; !error && at != end; at.increment(error)) {
        entries.push_back(at->path());
    }
    if (error || entries.size() > opened_entries_max) {
        return Error{fmt::format("{} has no place for the tree at {}", above.native(), inside.native()),
                     fmt::format("make the directory {} on this machine", inside.native())};
    }
    std::sort(entries.begin(), entries.end());
    add(arguments, {"--tmpfs", above.native()});
    for (const auto& entry : entries)
        show(arguments, entry);
    return {};
}

/// bubblewrap makes the mount point while it sees this machine's whole file system: a path must not
/// lead through /proc/self/root.
bool can_stand_at(const fs::path& inside) {
    if (!inside.is_absolute() || inside == inside.root_path()) return false;
    const std::array kernel{"/proc", "/dev", "/sys"};
    return std::none_of(kernel.begin(), kernel.end(),
                        [&](const char* place) { return is_within(inside, place); });
}

void add_isolation(Arguments& arguments, bool forbid_namespaces) {
    add(arguments, {"--unshare-all", "--die-with-parent", "--new-session", "--hostname", "stet"});
    add(arguments, {"--cap-drop", "ALL"});
    if (forbid_namespaces) add(arguments, {"--unshare-user", "--disable-userns"});
}

void add_system(Arguments& arguments, const fs::path& hosts) {
    for (const auto& directory : system_directories())
        show(arguments, directory);
    hide_secrets(arguments);
    std::error_code ignored;
    if (!hosts.empty() && fs::is_regular_file("/etc/hosts", ignored)) {
        add(arguments, {"--ro-bind", hosts.native(), "/etc/hosts"});
    }
    add(arguments, {"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp"});
    add(arguments, {"--tmpfs", "/run", "--dir", home_inside});
    if (fs::exists("/run/current-system", ignored)) show(arguments, "/run/current-system");  // NixOS
}

}  // namespace

const std::vector<std::string>& system_directories() {
    static const std::vector<std::string> directories{"/usr",    "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                                      "/libx32", "/etc", "/opt",  "/nix", "/gnu"};
    return directories;
}

Result<std::vector<std::string>> bubblewrap_arguments(const BubblewrapPlan& plan) {
    const auto inside = plan.job.inside.lexically_normal();
    if (!can_stand_at(inside)) {
        return Error{fmt::format("the tree can't stand at \"{}\"", plan.job.inside.native()),
                     "it needs an absolute path, not in /proc, /dev or /sys"};
    }
    Arguments arguments;
    add_isolation(arguments, plan.forbid_namespaces);
    add_system(arguments, plan.hosts);
    if (auto room = make_room(arguments, inside); !room) return room.error();
    // What lies in the tree comes after it, what it may lie in before it.
    for (const auto& bind : plan.job.read_only) {
        if (!is_within(bind.to.lexically_normal(), inside)) {
            add(arguments, {"--ro-bind", bind.from.native(), bind.to.native()});
        }
    }
    add(arguments, {"--bind", plan.job.tree.native(), inside.native()});
    for (const auto& bind : plan.job.read_only) {
        if (is_within(bind.to.lexically_normal(), inside)) {
            add(arguments, {"--ro-bind", bind.from.native(), bind.to.native()});
        }
    }
    add(arguments, {"--remount-ro", "/", "--chdir", inside.native(), "--clearenv"});
    for (const auto& [name, value] : plan.environment)
        add(arguments, {"--setenv", name, value});
    add(arguments, {"--json-status-fd", "3", "--", "/bin/sh", "-c", plan.job.command});
    return arguments;
}

std::optional<fs::path> find_bubblewrap() {
    const char* variable = std::getenv("PATH");
    std::string_view path = variable != nullptr ? variable : "";
    while (!path.empty()) {
        const auto end = std::min(path.find(':'), path.size());
        const auto candidate = fs::path(path.substr(0, end)) / "bwrap";
        if (end != 0 && path[0] == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    if (::access("/usr/bin/bwrap", X_OK) == 0) return "/usr/bin/bwrap";
    return std::nullopt;
}

std::optional<int> status_number(const std::string& status, const std::string& key) {
    const auto name = status.find('"' + key + '"');
    if (name == std::string::npos) return std::nullopt;
    const auto digits = status.find_first_of("0123456789", name + key.size() + 2);
    if (digits == std::string::npos) return std::nullopt;
    int number = 0;
    const auto read = std::from_chars(status.data() + digits, status.data() + status.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    return number;
}

}  // namespace stet::workspace

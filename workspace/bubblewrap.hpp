#pragma once

#include <stet/result.hpp>
#include <stet/workspace.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stet::workspace {

/// Directories that stand in every sandbox, read-only: the system's programs and their settings.
const std::vector<std::string>& system_directories();

/// HOME in the sandbox: empty, and gone afterwards.
inline constexpr const char* home_inside = "/run/home";

/// What `bwrap` is called with, from argv[1] to the `--` and the shell command.
struct BubblewrapPlan {
    const SandboxJob& job;
    std::vector<std::pair<std::string, std::string>> environment;
    std::filesystem::path hosts;    ///< A file that stands as /etc/hosts.
    bool forbid_namespaces = true;  ///< `--disable-userns`: bubblewrap 0.8 and newer have it.
};

/// An error says why a job can't be set up so.
[[nodiscard]] Result<std::vector<std::string>> bubblewrap_arguments(const BubblewrapPlan& plan);

/// Where `bwrap` is: on our PATH, or in /usr/bin.
std::optional<std::filesystem::path> find_bubblewrap();

/// `{"child-pid": 12, …}` lines, as `--json-status-fd` gives them (bwrap(1)).
std::optional<int> status_number(const std::string& status, const std::string& key);

}  // namespace stet::workspace

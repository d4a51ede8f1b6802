#pragma once

#include <stet/result.hpp>
#include <stet/workspace.hpp>

namespace stet::workspace {

/// Makes the places in the job's tree on which bubblewrap will mount what is bound inside of it. It
/// would make them itself, but it follows symlinks while it sees this machine's whole file system, and
/// a stranger's tree may hold some. An error names the place that is, or lies behind, a symlink.
[[nodiscard]] Result<void> make_mount_points(const SandboxJob& job);

/// Where nothing can be mounted: makes those places, and fills them with copies. The same errors; throws
/// Trouble when something cannot be copied.
[[nodiscard]] Result<void> copy_to_mount_points(const SandboxJob& job);

}  // namespace stet::workspace

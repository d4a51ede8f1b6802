#pragma once

#include <algorithm>
#include <filesystem>

namespace stet::workspace {

/// Is `path` the directory or something below it, by their components? Both normal and absolute.
inline bool is_within(const std::filesystem::path& path, const std::filesystem::path& directory) {
    return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first ==
           directory.end();
}

}  // namespace stet::workspace

#pragma once

#include "envs/file_store.hpp"
#include "envs/files_arguments.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What an answer of the filesystem server is compared by when the world cannot know all of it.
struct FilesNormal {
    const FileStore& store;
    const std::vector<std::string>& excluded;  ///< Globs, relative to the root.

    /// The text with set aside: times, what directories take on a disk, random temporary names; in
    /// listings, entries that the tree leaves out, the order where it is not known, and sizes that
    /// are not. `directory` is the one that the call named, relative to the root.
    std::string of(std::string_view tool, std::string_view directory, std::string_view text) const;
};

}  // namespace stet

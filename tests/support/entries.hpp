#pragma once

#include <stet/tree.hpp>

#include <string>
#include <string_view>

namespace stet::test {

// Entries of a tree, as tests write them down.

TreeEntry file_entry(std::string path, std::string_view content, std::uint32_t mode = 0644);
TreeEntry directory_entry(std::string path, std::uint32_t mode = 0755);
TreeEntry symlink_entry(std::string path, std::string target);

}  // namespace stet::test

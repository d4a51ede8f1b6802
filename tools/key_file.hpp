#pragma once

#include <filesystem>
#include <string_view>

namespace stet {

/// Makes the file of a secret, mode 0600, unless it is there: then it stays as it is, whoever made it, and
/// whenever. Nobody finds it half written, but for the moment of one write where the file system has no hard
/// links. Throws Trouble. `link`: link(2), or what stands for it in a test.
void make_key_file(const std::filesystem::path& place, std::string_view key,
                   int (*link)(const char* from, const char* to) = nullptr);

}  // namespace stet

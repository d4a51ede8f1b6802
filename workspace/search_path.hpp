#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stet::workspace {

/// A PATH. Its relative entries are meant from `base`.
class SearchPath {
public:
    SearchPath(const std::string& path, const std::filesystem::path& base);

    /// The first executable file of this name.
    std::optional<std::filesystem::path> find(const std::string& name) const;

private:
    std::vector<std::filesystem::path> directories_;
};

}  // namespace stet::workspace

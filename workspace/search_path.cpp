#include "workspace/search_path.hpp"

#include <algorithm>
#include <string_view>
#include <unistd.h>

namespace stet::workspace {

SearchPath::SearchPath(const std::string& path, const std::filesystem::path& base) {
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        directories_.push_back(base / rest.substr(0, end));  // An absolute one stands for itself.
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::optional<std::filesystem::path> SearchPath::find(const std::string& name) const {
    if (name.empty()) return std::nullopt;
    for (const auto& directory : directories_) {
        const auto candidate = directory / name;
        std::error_code error;
        const bool is_file = std::filesystem::is_regular_file(candidate, error);
        if (is_file && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

}  // namespace stet::workspace

#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stet::workspace {

/// A list of globs, asked about every path of a tree: whether the path is left out. A glob that ends
/// in '/' is about directories alone. Plain names, most of the list, cost one look-up together.
class Exclusion {
public:
    explicit Exclusion(const std::vector<std::string>& globs);

    bool leaves_out(std::string_view path, bool is_directory) const;

private:
    std::set<std::string, std::less<>> names_;            ///< `.DS_Store`
    std::set<std::string, std::less<>> directory_names_;  ///< `node_modules/`
    std::vector<std::string> endings_;                    ///< `*.pyc`, without the star.
    std::vector<std::string> globs_;                      ///< The rest.
};

}  // namespace stet::workspace

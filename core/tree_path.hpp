#pragma once

#include <stet/tree.hpp>

#include <string>
#include <string_view>

namespace stet {

/// "a/b" of "a/b/c"; empty at the top.
std::string_view parent_of(std::string_view path);

/// A path that is fit for one line of an error: quoted, and cut when it is long.
std::string show_path(std::string_view path);

/// What is wrong with the tree as a whole: entries out of order, one twice, one below something that is
/// no directory. (Single paths were examined before.)
Result<void> check_order(const Tree& tree);

}  // namespace stet

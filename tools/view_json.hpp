#pragma once

#include "tools/view.hpp"

#include <string>

namespace stet {

/// A run for programs (docs/cli.md, "show").
std::string view_json(const RunView& view);

}  // namespace stet

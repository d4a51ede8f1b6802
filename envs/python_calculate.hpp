#pragma once

#include "envs/value.hpp"

#include <string_view>

namespace stet::envs {

/// What Python's `eval` makes of an arithmetic expression: + - * / // % ** and parentheses over integer and
/// float literals. An error has the text of Python's exception. Integers beyond 64 bits become floats.
[[nodiscard]] Result<Value> python_calculate(std::string_view expression);

}  // namespace stet::envs

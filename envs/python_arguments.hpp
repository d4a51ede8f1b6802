#pragma once

#include "envs/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// A parameter of a tool, as its schema says.
struct Parameter {
    std::string name;
    bool required = false;
};

/// What CPython (3.8 to 3.12) says when a function is called with these members as keyword arguments and
/// cannot take them; empty when it can. First what it does not know, then what is missing. `callable`: its
/// qualified name.
std::string python_argument_error(std::string_view callable, const std::vector<Parameter>& parameters,
                                  const Container& arguments);

}  // namespace stet::envs

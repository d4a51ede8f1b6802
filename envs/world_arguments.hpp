#pragma once

#include "envs/value.hpp"
#include "envs/world_spec.hpp"

#include <stet/result.hpp>

#include <string_view>

namespace stet::envs {

/// The arguments of a call as the tool is to see them, by what the world says of arguments that are no
/// object, and of those that the tool does not declare. An error is what the tool answers instead.
[[nodiscard]] Result<Value> fitted_arguments(const WorldSpec& spec, std::string_view tool_name,
                                             const WorldSpec::Tool& tool, Value arguments);

}  // namespace stet::envs

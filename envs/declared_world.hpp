#pragma once

#include "envs/world_spec.hpp"

#include <stet/environment.hpp>

#include <memory>

namespace stet::envs {

/// An episode of a declared world. An error when its state or its scripts are not what world.json says.
[[nodiscard]] Result<std::unique_ptr<Environment>> make_declared_world(WorldSpec spec);

}  // namespace stet::envs

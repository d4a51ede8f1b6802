#pragma once

#include <span>
#include <string_view>

namespace stet::envs {

/// A file of worlds/, as it is built into the program.
struct ShippedFile {
    std::string_view path;  ///< "tau-airline/world.json"
    std::string_view text;
};

/// All of them, by path. The build makes them (cmake/ship_worlds.cmake).
std::span<const ShippedFile> shipped_files();

}  // namespace stet::envs

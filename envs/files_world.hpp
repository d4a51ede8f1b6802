#pragma once

#include <stet/environment.hpp>

#include <memory>

namespace stet {

/// The world `files`: a deterministic stand-in for the filesystem MCP server (files_tools.hpp), byte for
/// byte where the answer depends on the tree alone.
std::unique_ptr<Environment> make_files_world();

}  // namespace stet

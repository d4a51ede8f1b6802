#pragma once

#include <stet/environment.hpp>
#include <stet/event_source.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace stet {

// The worlds' room: deterministic stubs for the tools that agents call.

/// A world by name ("files"). An error lists the worlds that there are.
[[nodiscard]] Result<std::unique_ptr<Environment>> make_world(std::string_view name);
std::vector<std::string> world_names();

/// The world that a directory declares (docs/worlds.md): `world.json` and what it names. Initial states that
/// are not there are looked for in `data`. An error says file, place and what to do.
[[nodiscard]] Result<std::unique_ptr<Environment>> open_world(const std::filesystem::path& directory,
                                                              const std::filesystem::path& data);

/// The world that can stand in for an MCP server, by the name in its `initialize` result
/// ("secure-filesystem-server" → "files"). Empty when none can.
std::string world_for_server(std::string_view server_name);

/// The tape: answers from the recording itself, by tool, canonical arguments and occurrence. Never
/// answers what was not recorded. `source` must outlive it.
std::unique_ptr<Environment> make_tape(EventSource& source);

}  // namespace stet

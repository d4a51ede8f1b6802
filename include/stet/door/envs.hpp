#pragma once

#include <stet/environment.hpp>
#include <stet/event_source.hpp>
#include <stet/verifier.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// The worlds' room: deterministic stubs for the tools that agents call.

/// A world by name ("files"). An error lists the worlds that there are.
[[nodiscard]] Result<std::unique_ptr<Environment>> make_world(std::string_view name);
std::vector<std::string> world_names();

/// Where a world's files come from, by their names relative to its directory.
using WorldFiles = std::function<std::optional<std::string>(const std::string& name)>;
WorldFiles files_in(std::filesystem::path directory);
/// Of a world that comes with stet ("tau-airline"); empty when there is none of that name.
WorldFiles shipped_world(std::string_view name);
std::vector<std::string> shipped_worlds();

/// The world that `declared` declares (docs/worlds.md): `world.json` and what it names. Initial states that
/// are not there are looked for in `data`, which may be empty. `place` is what errors call the declaration.
/// An error says file, place and what to do.
[[nodiscard]] Result<std::unique_ptr<Environment>> open_world(std::string_view place,
                                                              const WorldFiles& declared,
                                                              const WorldFiles& data);

/// Makes the verifiers that docs/worlds.md describes. What they share (the states after gold calls) lives as
/// long as the maker and its copies; one thread.
VerifierMaker make_verifiers();

/// The world that can stand in for an MCP server, by the name in its `initialize` result
/// ("secure-filesystem-server" → "files"). Empty when none can.
std::string world_for_server(std::string_view server_name);

/// The tape: answers from the recording itself, by tool, canonical arguments and occurrence. Never
/// answers what was not recorded. `source` must outlive it.
std::unique_ptr<Environment> make_tape(EventSource& source);

}  // namespace stet

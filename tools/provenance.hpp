#pragma once

#include "tools/arguments.hpp"

#include <stet/event.hpp>

#include <filesystem>

namespace stet {

/// What can be known of a run before it begins. Unknown stays empty.
Begin make_begin(const RunArguments& arguments, const std::filesystem::path& workspace);

/// Fills in agent binary and version, repository commit, umask: for `run` and `mcp` alike.
void describe_machine(Begin& begin, const std::vector<std::string>& command,
                      const std::filesystem::path& workspace);

/// A program's file by PATH, as the shell would find it; empty when there is none.
std::filesystem::path find_program(const std::string& name);

/// The text itself, or the content of the file that it names; "@FILE" is certainly a file. Throws Trouble.
std::string text_or_file(const std::string& word);

}  // namespace stet

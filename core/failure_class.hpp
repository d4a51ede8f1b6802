#pragma once

#include <stet/event.hpp>
#include <stet/readings.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// What kind of failure something is, and whose; from one fact alone.
struct Classified {
    std::string failure_class;
    Fault fault = Fault::unknown;
    std::string what;
};

/// An HTTP answer of a model provider. Empty below 400.
std::optional<Classified> classify_status(int status, std::string_view peer);

Classified classify_transport(const TransportError& error);

/// What a tool said when it failed.
Classified classify_tool_text(std::string_view tool, std::string_view text, ToolStatus status);

/// Does a tool's text say by itself that a command failed? Only by forms that agents are known to
/// write at the beginning or the end ("exit 1", "Exit code: 2", "Command exited with code 3"); the
/// word "error" somewhere in a text is no failure. The number, when it is not 0.
std::optional<int> failing_exit_code(std::string_view text);

/// Does a text speak of this HTTP status? Only with a word beside it that makes it one: "HTTP 503",
/// "status: 503", "503 Service Unavailable"; a mere number ("line 503") is none.
bool names_status(std::string_view text, int status);

/// Is this text, from a dialect without an error flag, a refusal by the tool itself?
bool is_tool_refusal(std::string_view text);

/// Are these the arguments of another try at the same thing? Both are JSON objects' canonical texts:
/// they share a member that names what is worked on (equal non-trivial strings), or, for commands, at least
/// half of their words.
bool is_same_aim(std::string_view failed_arguments, std::string_view arguments);

}  // namespace stet

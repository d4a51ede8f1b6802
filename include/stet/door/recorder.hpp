#pragma once

#include <stet/event_sink.hpp>
#include <stet/peer.hpp>
#include <stet/redaction.hpp>
#include <stet/workspace.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

// The recorder's room: sockets, pipes and processes. It changes nothing that passes through it: bytes
// are relayed as they came (a reverse proxy's two edits apart: the target loses its `/NAME` prefix,
// and Host names the upstream), and a tap reads a copy. What the tap can't understand becomes a Gap,
// and the agent still gets its answer.
//
// When an answer is released: its last Content-Length byte, terminating chunk, terminal SSE event or
// MCP line is held until the log has everything up to it; earlier chunks go at once.

/// A model provider behind the proxy.
struct Upstream {
    std::string name;      ///< "anthropic", "openai": the path prefix, and `Request::peer`.
    std::string variable;  ///< What points the agent at it: "ANTHROPIC_BASE_URL".
    std::string url;       ///< "https://api.anthropic.com", "http://127.0.0.1:8080/v1".
    Peer* peer = nullptr;  ///< Served by the recorder itself; of `url` only the path counts then (it
                           ///< stands in the variable), and it may be empty. Must outlive the recording.
};

/// An error when nothing can be reached by this upstream's url.
[[nodiscard]] Result<void> check_upstream(const Upstream& upstream);

/// The command cannot be started: nothing ran. Its code is the one that shells give: 127 when it was not
/// found, 126 when it cannot be executed.
class StartTrouble : public Trouble {
public:
    StartTrouble(std::string_view command, std::string_view happened, std::string_view hint, int exit_code);
    int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

/// How the agent ended.
struct AgentOutcome {
    std::optional<int> exit_code;
    std::optional<int> signal;
    Tree final_tree;  ///< The workspace as it was last seen; empty when it was not watched.
};

struct RecorderOptions {
    std::vector<std::string> command;
    std::vector<Upstream> upstreams;
    /// Added to the agent's: STET_TRAJECTORY, …
    std::vector<std::pair<std::string, std::string>> environment;
    Workspace* workspace = nullptr;  ///< Scanned after every step; null: not watched.
    Digest initial_state;            ///< Of the snapshot that was appended before.
    Tree initial_tree;
    std::vector<std::string> initial_unreadable;  ///< Of the first scan; there are gaps that say so.
    std::filesystem::path socket;                 ///< Where `stet mcp` finds this run; empty: nowhere.
    /// Told what must not be kept, by relays that know more secrets than this process. The I/O thread.
    std::function<void(const Secret&)> learn;
    /// Ignored by this process for its own sake: the agent finds them as they are by default.
    std::vector<int> own_ignored_signals;
    std::function<Instant()> now;                  ///< The recording's clock.
    std::function<void(const std::string&)> warn;  ///< One line for people (stderr).
};

/// Runs the agent and records until it has ended and its last exchange is over. `sink` gets wire and
/// state events. stdio, terminal, signals and exit code are the agent's own.
/// Throws Trouble when the proxy cannot listen, and StartTrouble; then nothing ran.
/// When the log fails in the middle, the agent's open and later exchanges are answered with an error
/// that says so (never acknowledged unrecorded), and the Trouble is thrown after the agent ended.
AgentOutcome record(const RecorderOptions& options, EventSink& sink);

struct McpOptions {
    std::string name;  ///< Of the server; `mcp:NAME` is the peer.
    std::vector<std::string> command;
    Workspace* workspace = nullptr;  ///< Scanned before every tools/call answer is released.
    Digest initial_state;
    Tree initial_tree;
    std::vector<std::string> initial_unreadable;  ///< As in RecorderOptions.
    std::vector<Secret> secrets;           ///< Told to the run before anything else, under `relay_mcp`.
    std::vector<int> own_ignored_signals;  ///< As in RecorderOptions.
    std::function<Instant()> now;
    std::function<void(const std::string&)> warn;
};

/// Wraps a stdio MCP server: relays stdin, stdout and stderr byte for byte. Returns when the server
/// has ended. Throws StartTrouble when it cannot be started.
AgentOutcome record_mcp(const McpOptions& options, EventSink& sink);

/// The same, but what is seen goes to the run that listens on `socket`, which records it and gives
/// leave for each answer (and looks at its own workspace). When that run dies, the relay goes on, warning
/// once that it no longer records. An error when nobody listens there, or answers within seconds.
[[nodiscard]] Result<AgentOutcome> relay_mcp(const McpOptions& options, const std::filesystem::path& socket);

/// Serves a peer on a loopback port (0: any) until the process is asked to end (SIGINT, SIGTERM).
/// Calls `listening(port)` once. For stubs and scripted models on their own. Throws Trouble when it
/// cannot listen.
void serve(Peer& peer, std::uint16_t port, const std::function<void(std::uint16_t)>& listening);

}  // namespace stet

#pragma once

#include "recorder/mcp_tap.hpp"
#include "recorder/state_watch.hpp"

#include <stet/door/recorder.hpp>

#include <optional>
#include <string>
#include <vector>

namespace stet {

/// Contract: who is told what an MCP relay sees. Thread: the I/O thread.
class McpWitness {
public:
    virtual ~McpWitness() = default;
    virtual void started(const std::vector<std::string>& argv) = 0;
    virtual void line(Side from, std::string line) = 0;
    virtual void output(std::string bytes) = 0;
    virtual void ended(const AgentOutcome& outcome) = 0;
    /// Waits until the lines told so far may be passed on; false when they never may.
    virtual asio::awaitable<bool> leave() = 0;
    /// Waits until it can be told more.
    virtual asio::awaitable<void> room() = 0;
};

/// The witness that writes to the log: events as McpTap reads them, and after each answered tool call
/// what became of the workspace.
class McpBook final : public McpWitness {
public:
    /// `ledger` and `watch` (may be null) must outlive it.
    McpBook(Ledger& ledger, StateWatch* watch, std::string name);

    void started(const std::vector<std::string>& argv) override;
    void line(Side from, std::string line) override;
    void output(std::string bytes) override;
    void ended(const AgentOutcome& outcome) override;
    asio::awaitable<bool> leave() override;
    asio::awaitable<void> room() override;

    /// The relay went away without saying how the server ended.
    void lost();

private:
    void append(Draft draft);
    void output(std::string bytes, bool last);
    void close(const ConnectionClosed& closed);

    Ledger& ledger_;
    StateWatch* watch_;
    McpTap tap_;
    const std::uint32_t connection_;
    const StreamId output_;
    std::int64_t started_us_ = 0;
    std::uint64_t bytes_from_agent_ = 0, bytes_from_server_ = 0;
    Ticket ticket_ = 0;
    /// The answer to a tool call since which nobody looked at the workspace.
    std::optional<Seq> unseen_;
    bool unseen_ambiguous_ = false;
};

}  // namespace stet

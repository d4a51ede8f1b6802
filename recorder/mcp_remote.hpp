#pragma once

#include "recorder/mcp_book.hpp"
#include "recorder/mcp_frame.hpp"

#include <stet/redaction.hpp>
#include <stet/result.hpp>

#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// How long a run may take to answer at first. A stopped one accepts connections and answers nothing.
constexpr std::chrono::seconds greeting_wait{3};

/// Connects to the run that listens at `path`, and waits (blocking) until it has answered once.
[[nodiscard]] Result<asio::local::stream_protocol::socket> connect_to_run(
    asio::io_context& io, const std::filesystem::path& path, std::chrono::milliseconds wait = greeting_wait);

/// The witness that tells a run over its socket, and asks it for leave. When the run goes away, it
/// warns once and gives leave for everything. Thread: the I/O thread.
class McpRemote final : public McpWitness {
public:
    static constexpr std::size_t queue_bytes_max = 8 << 20;

    /// `warn` must outlive it.
    McpRemote(asio::io_context& io, asio::local::stream_protocol::socket socket, std::string name,
              const std::function<void(const std::string&)>& warn);

    /// Starts talking: says first what the run must not keep.
    void start(const std::vector<Secret>& secrets);
    /// Says the rest and hangs up.
    asio::awaitable<void> finish();

    void started(const std::vector<std::string>& argv) override;
    void line(Side from, std::string line) override;
    void output(std::string bytes) override;
    void ended(const AgentOutcome& outcome) override;
    asio::awaitable<bool> leave() override;
    asio::awaitable<void> room() override;

private:
    asio::awaitable<void> talk();
    asio::awaitable<void> listen();
    void say(FrameKind kind, std::string_view content);
    void lose();

    asio::io_context& io_;
    asio::local::stream_protocol::socket socket_;
    const std::string name_;
    const std::function<void(const std::string&)>& warn_;
    Signal news_;
    std::string queue_;
    std::uint64_t asked_ = 0, answered_ = 0;
    bool refused_ = false, lost_ = false, finishing_ = false;
    bool talking_ = false, listening_ = false;
};

}  // namespace stet

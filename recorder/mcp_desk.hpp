#pragma once

#include "recorder/mcp_book.hpp"
#include "recorder/mcp_frame.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>

namespace stet {

/// The run's side of MCP relays: listens on a Unix socket that only the user may open, keeps a book
/// for each relay that comes, and gives leave. Thread: the I/O thread.
class McpDesk {
public:
    using Learn = std::function<void(const Secret&)>;

    /// `ledger`, `watch` (may be null) and `learn` (may be empty) must outlive it. Throws Trouble when it
    /// cannot listen.
    McpDesk(asio::io_context& io, Ledger& ledger, StateWatch* watch, const Learn& learn,
            std::filesystem::path path);
    ~McpDesk();

    void start();
    /// No relay is connected.
    bool quiet() const { return connections_.empty(); }
    /// Hangs up on those that are left and returns when their books are closed.
    asio::awaitable<void> stop();
    Signal& news() { return news_; }

private:
    using Socket = asio::local::stream_protocol::socket;
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(Socket socket);
    void learn(std::string_view content);
    asio::awaitable<bool> answer(Socket& socket, bool leave);
    asio::awaitable<bool> take(Socket& socket, std::optional<McpBook>& book, Frame frame, bool& ended);

    asio::io_context& io_;
    Ledger& ledger_;
    StateWatch* watch_;
    const Learn& learn_;
    const std::filesystem::path path_;
    asio::local::stream_protocol::acceptor acceptor_;
    Signal news_;
    std::set<Socket*> connections_;
    bool accepting_ = false;
};

}  // namespace stet

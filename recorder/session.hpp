#pragma once

#include "recorder/exchange.hpp"
#include "recorder/route.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// An upstream with what is needed to reach it.
struct Destination {
    std::string name;
    UpstreamUrl url;
    std::string transport;  ///< "tcp", "tls", "script".
};

/// What the relay's connections share besides RelayShare: where requests go.
struct Destinations {
    std::vector<Destination> all;
    std::vector<std::string> names;  ///< The same, for routing.
    asio::ssl::context* tls = nullptr;
};

/// One connection of the agent, and the one connection upstream that serves it. Requests go one after
/// the other. When the upstream ends an idle connection, the agent's is ended too, so that the agent
/// deals with a stale connection exactly as it would without a recorder; nothing is ever sent twice.
class Session {
public:
    /// `share` and `destinations` must outlive it.
    Session(RelayShare& share, const Destinations& destinations, tcp::socket agent);

    /// Serves the connection to its end.
    asio::awaitable<void> run();
    /// Cuts it off; `run` returns soon after.
    void cut();
    bool busy() const { return busy_; }

private:
    enum class Incoming : std::uint8_t { head, nothing, malformed };
    asio::awaitable<bool> serve_request();
    asio::awaitable<Incoming> read_head();
    asio::awaitable<bool> carry(const Route& route, ExchangeLog& log);
    asio::awaitable<bool> reach(std::size_t upstream, ExchangeLog& log);
    asio::awaitable<bool> open_upstream(const Destination& destination);
    asio::awaitable<void> read_rest_of_request(ExchangeLog& log);
    asio::awaitable<void> refuse(ExchangeLog& log, int status, TransportError error, std::string type);
    asio::awaitable<void> answer_error(int status, std::string type, std::string message);
    asio::awaitable<void> close_politely();
    asio::awaitable<void> drop_upstream();
    void note_unasked_bytes();
    void begin_connection(std::string peer, std::string transport);
    void end_connection();

    RelayShare& share_;
    const Destinations& destinations_;
    Signal news_;
    Link agent_;
    std::unique_ptr<Link> upstream_;
    std::optional<std::size_t> upstream_index_;
    HttpReader request_;
    std::string raw_head_;    ///< What was read of the head, and what followed it in its block.
    std::string first_body_;  ///< Body bytes in raw_head_.
    std::string problem_;     ///< Why the head is malformed,
    std::string problem_kind_ = "malformed";  ///< or "truncated".
    bool request_complete_ = false;
    bool busy_ = false;
    // Of the connection's number that is open; 0 is none.
    std::uint32_t connection_ = 0;
    std::uint64_t agent_bytes_before_ = 0, upstream_bytes_ = 0;
    ConnectionClosed closing_;
};

}  // namespace stet

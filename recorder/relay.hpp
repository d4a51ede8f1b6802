#pragma once

#include "recorder/session.hpp"

#include <cstdint>
#include <set>
#include <vector>

namespace stet {

/// Listens on a loopback port and serves each connection with a Session. Thread: the I/O thread.
class Relay {
public:
    static constexpr std::size_t connections_max = 512;

    /// `share` must outlive it. Throws Trouble when it cannot listen.
    Relay(RelayShare& share, std::vector<Destination> destinations);

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void start();
    /// No request is being answered, and none is waiting.
    bool quiet() const;
    /// Takes no more connections; returns when the last session is over. `cut_all` hurries them.
    asio::awaitable<void> stop();
    void cut_all();
    /// Notified when a session ends.
    Signal& news() { return news_; }

private:
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(tcp::socket socket);

    RelayShare& share_;
    Destinations destinations_;
    asio::ssl::context tls_;
    tcp::acceptor acceptor_;
    Signal news_;
    std::set<Session*> sessions_;
    bool accepting_ = false;
};

/// A listening socket on 127.0.0.1. Port 0 lets the system choose. Throws Trouble.
tcp::acceptor listen_on_loopback(asio::io_context& io, std::uint16_t port);

}  // namespace stet

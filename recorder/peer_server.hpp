#pragma once

#include "recorder/link.hpp"

#include <stet/peer.hpp>

#include <cstdint>
#include <set>

namespace stet {

/// Serves a peer on a loopback port: reads each request whole, asks the peer, and performs its acts.
/// Thread: the I/O thread.
class PeerServer {
public:
    /// `peer` must outlive it. Throws Trouble when it cannot listen.
    PeerServer(asio::io_context& io, Peer& peer, std::uint16_t port);

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void start();
    /// Takes no more connections, drops those that are open, and returns when they are over.
    asio::awaitable<void> stop();

private:
    struct Connection;
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(tcp::socket socket);
    asio::awaitable<bool> serve_request(Connection& connection);
    asio::awaitable<bool> perform(Connection& connection, const PeerAct& act);
    asio::awaitable<void> wait(Connection& connection, std::chrono::milliseconds time);

    asio::io_context& io_;
    Peer& peer_;
    tcp::acceptor acceptor_;
    Signal news_;
    std::set<Connection*> connections_;
    bool accepting_ = false;
};

}  // namespace stet

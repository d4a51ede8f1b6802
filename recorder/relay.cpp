#include "recorder/relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace stet {

tcp::acceptor listen_on_loopback(asio::io_context& io, std::uint16_t port) {
    tcp::acceptor acceptor(io);
    error_code failure;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor.open(endpoint.protocol(), failure);
    if (!failure) close_on_exec(acceptor.native_handle());
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(endpoint, failure);
    if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) {
        throw Trouble("listen", fmt::format("127.0.0.1:{}", port), failure.message(),
                      port == 0 ? "is the loopback interface up?" : "choose another port");
    }
    return acceptor;
}

Relay::Relay(RelayShare& share, std::vector<Destination> destinations)
    : share_(share),
      tls_(asio::ssl::context::tls_client),
      acceptor_(listen_on_loopback(share.io, 0)),
      news_(share.io.get_executor()) {
    destinations_.all = std::move(destinations);
    for (const auto& destination : destinations_.all)
        destinations_.names.push_back(destination.name);
    destinations_.tls = &tls_;
    const bool has_tls = std::ranges::any_of(destinations_.all, [](const auto& one) { return one.url.tls; });
    if (!has_tls) return;  // Reading the system's authorities takes a tenth of a second.
    error_code ignored;    // Without certificates every handshake fails, and says so.
    tls_.set_default_verify_paths(ignored);
    tls_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, ignored);
}

void Relay::start() {
    accepting_ = true;
    asio::co_spawn(share_.io, accept(), or_throw);
}

asio::awaitable<void> Relay::accept() {
    while (acceptor_.is_open()) {
        if (sessions_.size() >= connections_max) {
            co_await news_.wait();
            continue;
        }
        tcp::socket socket(share_.io);
        const auto [failure] = co_await acceptor_.async_accept(socket, as_result);
        if (failure == asio::error::no_descriptors && !sessions_.empty()) {
            co_await news_.wait();
            continue;
        }
        if (failure) continue;  // Closed, or the peer was gone before it was taken.
        close_on_exec(socket.native_handle());
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        asio::co_spawn(share_.io, serve(std::move(socket)), or_throw);
    }
    accepting_ = false;
    news_.notify();
}

asio::awaitable<void> Relay::serve(tcp::socket socket) {
    Session session(share_, destinations_, std::move(socket));
    sessions_.insert(&session);
    co_await session.run();
    sessions_.erase(&session);
    news_.notify();
}

bool Relay::quiet() const {
    return std::ranges::none_of(sessions_, [](const Session* session) { return session->busy(); });
}

void Relay::cut_all() {
    share_.stopping = true;
    for (auto* session : sessions_)
        session->cut();
}

asio::awaitable<void> Relay::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    news_.notify();
    while (accepting_ || !sessions_.empty())
        co_await news_.wait();
}

}  // namespace stet

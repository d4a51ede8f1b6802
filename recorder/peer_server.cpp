#include "recorder/peer_server.hpp"

#include "recorder/relay.hpp"
#include "recorder/route.hpp"

#include <stet/bytes.hpp>
#include <stet/wire/http.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <utility>

namespace stet {

struct PeerServer::Connection {
    Connection(asio::io_context& io, tcp::socket socket)
        : news(io.get_executor()), link(std::move(socket), news), timer(io) {}

    void drop() {
        link.close();
        timer.cancel();
        dropped = true;
    }

    Signal news;
    Link link;
    asio::steady_timer timer;
    HttpReader reader{HttpReader::Role::requests};
    bool dropped = false;
};

PeerServer::PeerServer(asio::io_context& io, Peer& peer, std::uint16_t port)
    : io_(io), peer_(peer), acceptor_(listen_on_loopback(io, port)), news_(io.get_executor()) {}

void PeerServer::start() {
    accepting_ = true;
    asio::co_spawn(io_, accept(), or_throw);
}

asio::awaitable<void> PeerServer::accept() {
    while (acceptor_.is_open()) {
        tcp::socket socket(io_);
        const auto [failure] = co_await acceptor_.async_accept(socket, as_result);
        if (failure == asio::error::no_descriptors) co_await news_.wait();
        if (failure) continue;
        close_on_exec(socket.native_handle());
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        asio::co_spawn(io_, serve(std::move(socket)), or_throw);
    }
    accepting_ = false;
    news_.notify();
}

asio::awaitable<void> PeerServer::serve(tcp::socket socket) {
    Connection connection(io_, std::move(socket));
    connections_.insert(&connection);
    connection.link.start();
    bool more = true;
    while (more)
        more = co_await serve_request(connection);
    connection.link.close();
    while (connection.link.reading())
        co_await connection.news.wait();
    connections_.erase(&connection);
    news_.notify();
}

asio::awaitable<bool> PeerServer::serve_request(Connection& connection) {
    auto& link = connection.link;
    PeerRequest request;
    bool whole = false;
    while (!whole) {
        while (!link.has_block() && !link.ended())
            co_await connection.news.wait();
        if (!link.has_block()) co_return false;
        const auto piece = connection.reader.read(link.block());
        if (!piece) {
            const auto answer = make_response(400, "application/json",
                                              error_body("stet_malformed_request", piece.error().what));
            co_await link.write(answer);
            co_return false;
        }
        link.take(piece->consumed);
        request.body += piece->body;
        whole = piece->message_done;
        const bool asks = piece->head_done && !whole;
        if (asks && connection.reader.head().has_token("expect", "100-continue"))
            co_await link.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    request.method = connection.reader.head().method;
    request.target = connection.reader.head().target;
    if (auto decoded = decode_content(content_coding_of(connection.reader.head()), request.body))
        request.body = std::move(*decoded);
    const auto acts = peer_.answer(request);
    for (const auto& act : acts) {
        const bool more = co_await perform(connection, act);
        if (!more) co_return false;
    }
    co_return !connection.reader.closes();
}

asio::awaitable<bool> PeerServer::perform(Connection& connection, const PeerAct& act) {
    if (act.wait.count() > 0) co_await wait(connection, act.wait);
    if (connection.dropped) co_return false;
    const error_code failure = co_await connection.link.write(act.bytes);
    if (failure) co_return false;
    if (act.then == PeerAct::Then::reset) connection.link.reset();
    co_return act.then == PeerAct::Then::go_on;
}

asio::awaitable<void> PeerServer::wait(Connection& connection, std::chrono::milliseconds time) {
    connection.timer.expires_after(time);
    co_await connection.timer.async_wait(as_result);
}

asio::awaitable<void> PeerServer::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* connection : connections_)
        connection->drop();
    news_.notify();
    while (accepting_ || !connections_.empty())
        co_await news_.wait();
}

}  // namespace stet

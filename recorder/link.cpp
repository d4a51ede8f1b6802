#include "recorder/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <utility>

namespace stet {

Link::Link(tcp::socket socket, Signal& news)
    : socket_(std::move(socket)),
      resolver_(socket_.get_executor()),
      news_(news),
      taken_news_(socket_.get_executor()) {}

asio::awaitable<error_code> Link::connect(std::string host, std::string port) {
    failed_phase_ = "resolve";
    const auto found =
        co_await resolver_.async_resolve(host, port, tcp::resolver::numeric_service, as_result);
    if (std::get<0>(found)) co_return std::get<0>(found);
    failed_phase_ = "connect";
    const auto tried = co_await asio::async_connect(socket_, std::get<1>(found), as_result);
    const error_code connected = std::get<0>(tried);
    if (connected) co_return connected;
    if (closed_) co_return error_code(asio::error::operation_aborted);
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    close_on_exec(socket_.native_handle());
    co_return error_code();
}

asio::awaitable<error_code> Link::secure(asio::ssl::context& context, std::string host) {
    failed_phase_ = "tls";
    tls_ = std::make_unique<TlsStream>(socket_, context);
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    error_code is_name;
    asio::ip::make_address(host, is_name);
    // Server name indication is for names only (RFC 6066, section 3).
    if (is_name) {
        SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
    }
    const auto [failure] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_result);
    co_return failure;
}

void Link::start() {
    reading_ = true;
    asio::co_spawn(socket_.get_executor(), read_ahead(), or_throw);
}

asio::awaitable<void> Link::read_ahead() {
    std::string buffer(block_bytes, '\0');
    while (!closed_) {
        const auto into = asio::buffer(buffer);
        error_code failure;
        std::size_t count = 0;
        if (tls_) {
            std::tie(failure, count) = co_await tls_->async_read_some(into, as_result);
        } else {
            std::tie(failure, count) = co_await socket_.async_read_some(into, as_result);
        }
        bytes_read_ += count;
        block_.assign(buffer, 0, count);
        taken_ = 0;
        if (failure) {
            ending_ = failure;
            break;
        }
        news_.notify();
        while (has_block() && !closed_)
            co_await taken_news_.wait();
    }
    ended_ = true;
    reading_ = false;
    news_.notify();
}

void Link::take(std::size_t bytes) {
    taken_ += bytes;
    if (!has_block()) taken_news_.notify();
}

bool Link::ended_by_reset() const {
    return ended_ && (ending_ == asio::error::connection_reset || ending_ == asio::error::broken_pipe);
}

asio::awaitable<error_code> Link::write(std::string_view bytes) {
    if (bytes.empty()) co_return error_code();
    if (closed_) co_return error_code(asio::error::operation_aborted);
    const auto from = asio::buffer(bytes.data(), bytes.size());
    error_code failure;
    std::size_t count = 0;
    if (tls_) {
        std::tie(failure, count) = co_await asio::async_write(*tls_, from, as_result);
    } else {
        std::tie(failure, count) = co_await asio::async_write(socket_, from, as_result);
    }
    co_return failure;
}

void Link::shutdown_send() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Link::close() {
    closed_ = true;
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
    taken_news_.notify();
}

void Link::reset() {
    error_code ignored;
    if (socket_.is_open()) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

void close_on_exec(int descriptor) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

std::string_view kind_of_failure(const error_code& failure) {
    namespace error = asio::error;
    if (failure == error::connection_refused) return "refused";
    if (failure == error::connection_reset || failure == error::broken_pipe) return "reset";
    if (failure == error::timed_out) return "timeout";
    if (failure == error::eof || failure == asio::ssl::error::stream_truncated) return "closed";
    if (failure.category() == error::get_ssl_category() ||
        failure.category() == asio::ssl::error::get_stream_category())
        return "tls";
    return "unreachable";
}

}  // namespace stet

#pragma once

#include "recorder/waiting.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

using asio::ip::tcp;

/// One end of a relay: a TCP connection, with TLS or without, that reads one block ahead, so that the
/// end of an idle connection is noticed without cancelling anything.
///
/// A slow reader of ours makes the peer wait: while a block is there, nothing more is read.
/// Thread: the I/O thread. After `start`, wait for `reading()` to be false before the link goes.
class Link {
public:
    static constexpr std::size_t block_bytes = 64 * 1024;

    /// `news` is notified when a block or the end has come. Both references must outlive the link.
    Link(tcp::socket socket, Signal& news);

    /// Resolves and connects; the phase that failed is in `failed_phase()`.
    asio::awaitable<error_code> connect(std::string host, std::string port);
    /// Begins TLS: the certificate must be good for the host.
    asio::awaitable<error_code> secure(asio::ssl::context& context, std::string host);
    /// Starts reading ahead.
    void start();

    /// What has come and was not taken; empty when there is nothing yet.
    std::string_view block() const { return std::string_view(block_).substr(taken_); }
    void take(std::size_t bytes);
    bool has_block() const { return taken_ < block_.size(); }
    /// The peer sends no more (a block may still be there).
    bool ended() const { return ended_; }
    /// How it ended: eof, or what went wrong.
    const error_code& ending() const { return ending_; }
    bool ended_by_reset() const;

    asio::awaitable<error_code> write(std::string_view bytes);
    void shutdown_send();
    void close();
    /// With RST: the peer must see that something broke.
    void reset();

    bool reading() const { return reading_; }
    std::uint64_t bytes_read() const { return bytes_read_; }
    const char* failed_phase() const { return failed_phase_; }

private:
    using TlsStream = asio::ssl::stream<tcp::socket&>;
    asio::awaitable<void> read_ahead();

    tcp::socket socket_;
    tcp::resolver resolver_;
    std::unique_ptr<TlsStream> tls_;
    Signal& news_;
    Signal taken_news_;
    std::string block_;
    std::size_t taken_ = 0;
    bool reading_ = false, ended_ = false, closed_ = false;
    error_code ending_;
    std::uint64_t bytes_read_ = 0;
    const char* failed_phase_ = "connect";
};

/// Asio leaves descriptors open across exec; nothing that the recorder starts may inherit them.
void close_on_exec(int descriptor);

/// "refused", "reset", "timeout", "closed", …: the word for what happened, as TransportError::kind.
std::string_view kind_of_failure(const error_code& failure);

}  // namespace stet

#include "recorder/mcp_remote.hpp"

#include "recorder/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace stet {
namespace {

/// An environment holds no larger one.
constexpr std::size_t secret_bytes_max = 1 << 20;

/// The system's own calls return in time, too: connecting waits where the run's backlog is full.
bool limit_waits(int descriptor, std::chrono::milliseconds wait) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timeval limit{.tv_sec = seconds.count(), .tv_usec = (wait - seconds).count() * 1000};
    return ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
           ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
}

/// Asks whether anybody is there, and waits for the answer. An error's number; 0 is none.
int greet(int descriptor) {
    const auto question = encode_frame(FrameKind::leave, {});
    const auto asked = ::send(descriptor, question.data(), question.size(), MSG_NOSIGNAL);
    if (asked != static_cast<ssize_t>(question.size())) return errno;
    FrameReader frames;
    while (true) {
        char byte = 0;
        const auto got = ::recv(descriptor, &byte, 1, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : ECONNRESET;
        const auto read = frames.read({&byte, 1});
        if (!read) return EPROTO;
        if (!read->empty()) return 0;
    }
}

}  // namespace

Result<asio::local::stream_protocol::socket> connect_to_run(asio::io_context& io,
                                                            const std::filesystem::path& path,
                                                            std::chrono::milliseconds wait) {
    asio::local::stream_protocol::socket socket(io);
    error_code failure;
    if (path.native().size() > socket_path_bytes_max) failure = asio::error::name_too_long;
    if (!failure) socket.open({}, failure);
    if (!failure) close_on_exec(socket.native_handle());
    if (!failure && !limit_waits(socket.native_handle(), wait))
        failure.assign(errno, boost::system::system_category());
    // Not by Asio, which takes a backlog that stays full for a connection.
    const asio::local::stream_protocol::endpoint there(failure ? std::string() : path.native());
    if (!failure &&
        ::connect(socket.native_handle(), there.data(), static_cast<socklen_t>(there.size())) != 0)
        failure.assign(errno, boost::system::system_category());
    if (!failure) failure.assign(greet(socket.native_handle()), boost::system::system_category());
    if (!failure) return socket;
    const auto what = failure == asio::error::would_block
                          ? fmt::format("it has not answered for {} ms", wait.count())
                          : failure.message();
    return Error{fmt::format("connect to the run at {}: {}", path.native(), what),
                 "is `stet run` still running? Without it, record the server on its own"};
}

McpRemote::McpRemote(asio::io_context& io, asio::local::stream_protocol::socket socket, std::string name,
                     const std::function<void(const std::string&)>& warn)
    : io_(io), socket_(std::move(socket)), name_(std::move(name)), warn_(warn), news_(io.get_executor()) {}

void McpRemote::start(const std::vector<Secret>& secrets) {
    for (const auto& secret : secrets) {
        if (secret.value.size() <= secret_bytes_max)
            say(FrameKind::learn, join_words({secret.kind, secret.value}));
    }
    talking_ = listening_ = true;
    asio::co_spawn(io_, talk(), or_throw);
    asio::co_spawn(io_, listen(), or_throw);
}

void McpRemote::say(FrameKind kind, std::string_view content) {
    if (lost_) return;
    queue_ += encode_frame(kind, content);
    news_.notify();
}

void McpRemote::started(const std::vector<std::string>& argv) {
    auto words = argv;
    words.insert(words.begin(), name_);
    say(FrameKind::hello, join_words(words));
}

void McpRemote::line(Side from, std::string line) {
    say(from == Side::agent ? FrameKind::from_agent : FrameKind::from_server, line);
}

void McpRemote::output(std::string bytes) {
    say(FrameKind::output, bytes);
}

void McpRemote::ended(const AgentOutcome& outcome) {
    std::string how;
    if (outcome.exit_code) how = fmt::format("exit {}", *outcome.exit_code);
    if (outcome.signal) how = fmt::format("signal {}", *outcome.signal);
    say(FrameKind::ended, how);
}

asio::awaitable<bool> McpRemote::leave() {
    say(FrameKind::leave, {});
    const auto mine = ++asked_;
    while (answered_ < mine && !lost_)
        co_await news_.wait();
    co_return lost_ || !refused_;
}

asio::awaitable<void> McpRemote::room() {
    while (queue_.size() > queue_bytes_max && !lost_)
        co_await news_.wait();
}

asio::awaitable<void> McpRemote::talk() {
    while (!lost_ && (!queue_.empty() || !finishing_)) {
        if (queue_.empty()) {
            co_await news_.wait();
            continue;
        }
        const auto bytes = std::exchange(queue_, {});
        const auto block = asio::buffer(bytes);
        const auto [failure, count] = co_await asio::async_write(socket_, block, as_result);
        if (failure) lose();
        news_.notify();
    }
    talking_ = false;
    news_.notify();
}

asio::awaitable<void> McpRemote::listen() {
    std::string buffer(4096, '\0');
    FrameReader frames;
    while (!lost_) {
        const auto into = asio::buffer(buffer);
        const auto [failure, count] = co_await socket_.async_read_some(into, as_result);
        if (failure) break;
        const auto read = frames.read(std::string_view(buffer.data(), count));
        if (!read) break;
        for (const auto& frame : *read) {
            ++answered_;
            if (frame.kind == FrameKind::refused) refused_ = true;
        }
        news_.notify();
    }
    if (!finishing_) lose();
    listening_ = false;
    news_.notify();
}

void McpRemote::lose() {
    if (std::exchange(lost_, true)) return;
    queue_.clear();
    warn_(fmt::format("the run that records the MCP server {} has gone; it goes on unrecorded", name_));
    news_.notify();
}

asio::awaitable<void> McpRemote::finish() {
    finishing_ = true;
    news_.notify();
    while (talking_)
        co_await news_.wait();
    error_code ignored;
    socket_.close(ignored);
    while (listening_)
        co_await news_.wait();
}

}  // namespace stet

#include "recorder/mcp_relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

namespace stet {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

/// After the server has ended: how long a grandchild may keep its output open.
constexpr std::chrono::seconds output_grace{2};

int duplicate_of(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    // A descriptor that was closed before we began reads as empty and swallows what is written.
    return copy >= 0 ? copy : ::open("/dev/null", O_RDWR | O_CLOEXEC);
}

}  // namespace

BorrowedDescriptor::BorrowedDescriptor(asio::io_context& io, int descriptor)
    : stream_(io, duplicate_of(descriptor)), original_(descriptor), flags_(::fcntl(descriptor, F_GETFL)) {}

BorrowedDescriptor::~BorrowedDescriptor() {
    close();
}

void BorrowedDescriptor::close() {
    if (!stream_.is_open()) return;
    if (flags_ >= 0) ::fcntl(original_, F_SETFL, flags_);
    error_code ignored;
    stream_.close(ignored);
}

SignalRelay::SignalRelay(asio::io_context& io, const std::vector<int>& signals, const SignalGuard& guard)
    : io_(io), signals_(io) {
    for (const int signal : signals) {
        if (!guard.was_ignored(signal)) signals_.add(signal);
    }
}

void SignalRelay::relay_to(Child& child) {
    asio::co_spawn(io_, relay(child), or_throw);
}

asio::awaitable<void> SignalRelay::relay(Child& child) {
    while (!child.ended()) {
        const auto [failure, number] = co_await signals_.async_wait(as_result);
        if (failure) co_return;
        child.signal(number);
    }
}

/// Both ends are closed on exec; the child gets duplicates.
struct McpRelay::Pipe {
    Pipe() {
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw Trouble("start", "an MCP server", std::strerror(errno), "too many open files?");
    }
    Pipe(Pipe&& other) noexcept : ends{std::exchange(other.ends[0], -1), std::exchange(other.ends[1], -1)} {}
    ~Pipe() {
        for (const int end : ends) {
            if (end >= 0) ::close(end);
        }
    }
    int give(int end) { return std::exchange(ends[end], -1); }
    int ends[2] = {-1, -1};  ///< To read from, to write to.
};

McpRelay::McpRelay(asio::io_context& io, McpWitness& witness, const ChildDescriptors& ours,
                   const std::vector<std::string>& command, const SignalGuard& signals)
    : McpRelay(io, witness, ours, command, signals, Pipe(), Pipe(), Pipe()) {}

McpRelay::McpRelay(asio::io_context& io, McpWitness& witness, const ChildDescriptors& ours,
                   const std::vector<std::string>& command, const SignalGuard& signals, Pipe in, Pipe out,
                   Pipe err)
    : io_(io),
      witness_(witness),
      command_(command),
      server_in_(io, in.give(1)),
      server_out_(io, out.give(0)),
      server_err_(io, err.give(0)),
      signals_(io, {SIGTERM, SIGINT, SIGHUP}, signals),
      child_(io, command, current_environment(), ChildDescriptors{in.ends[0], out.ends[1], err.ends[1]},
             signals),
      in_(io, ours.in),
      out_(io, ours.out),
      err_(io, ours.err),
      news_(io.get_executor()) {}

asio::awaitable<void> McpRelay::run() {
    signals_.relay_to(child_);
    witness_.started(command_);
    streams_open_ = 2;
    up_open_ = true;
    asio::co_spawn(io_, carry_up(), or_throw);
    asio::co_spawn(io_, carry_down(), or_throw);
    asio::co_spawn(io_, carry_errors(), or_throw);
    co_await child_.wait();

    const Deadline grace(news_, io_.get_executor(), output_grace);
    while (streams_open_ > 0 && !grace.over())
        co_await news_.wait();
    error_code ignored;
    server_out_.close(ignored);
    server_err_.close(ignored);
    while (streams_open_ > 0)
        co_await news_.wait();
    in_.close();
    server_in_.close(ignored);
    while (up_open_)
        co_await news_.wait();
    signals_.stop();
    witness_.ended(child_.outcome());
    co_await witness_.leave();
}

void McpRelay::stream_over() {
    --streams_open_;
    news_.notify();
}

asio::awaitable<void> McpRelay::carry_up() {
    std::string buffer(block_bytes, '\0');
    LineReader lines;
    while (true) {
        const auto into = asio::buffer(buffer);
        const auto [failure, count] = co_await in_.stream().async_read_some(into, as_result);
        if (failure) break;
        const auto block = asio::buffer(buffer.data(), count);
        const auto [broken, written] = co_await asio::async_write(server_in_, block, as_result);
        // The server cannot have answered yet: its answer comes through this same thread later.
        lines.read(std::string_view(buffer.data(), count),
                   [this](std::string line) { witness_.line(Side::agent, std::move(line)); });
        if (broken) break;
        co_await witness_.room();
    }
    if (auto rest = lines.rest(); !rest.empty()) witness_.line(Side::agent, std::move(rest));
    error_code ignored;
    server_in_.close(ignored);
    up_open_ = false;
    news_.notify();
}

asio::awaitable<void> McpRelay::carry_down() {
    std::string buffer(block_bytes, '\0');
    LineHold hold;
    bool good = true;
    while (good) {
        const auto into = asio::buffer(buffer);
        const auto [failure, count] = co_await server_out_.async_read_some(into, as_result);
        if (failure) break;
        auto cut = hold.read(std::string_view(buffer.data(), count));
        good = co_await pass_on(std::move(cut));
    }
    auto rest = hold.end();
    if (good) co_await pass_on(std::move(rest));
    // A server that still writes learns that nobody listens, as it would without us.
    error_code ignored;
    server_out_.close(ignored);
    out_.close();
    stream_over();
}

/// What a block completed, in the right order and not before it is in the log.
asio::awaitable<bool> McpRelay::pass_on(LineHold::Cut cut) {
    for (auto& line : cut.lines)
        witness_.line(Side::upstream, std::move(line));
    if (!cut.held.empty()) {
        const bool leave = co_await witness_.leave();
        if (!leave) {
            child_.signal(SIGTERM);
            co_return false;
        }
    }
    const auto bytes = std::move(cut.held) + cut.now;
    const auto block = asio::buffer(bytes);
    const auto [failure, written] = co_await asio::async_write(out_.stream(), block, as_result);
    co_return !failure;
}

asio::awaitable<void> McpRelay::carry_errors() {
    std::string buffer(block_bytes, '\0');
    bool writable = true;
    while (true) {
        const auto into = asio::buffer(buffer);
        const auto [failure, count] = co_await server_err_.async_read_some(into, as_result);
        if (failure) break;
        witness_.output(buffer.substr(0, count));
        const auto block = asio::buffer(buffer.data(), count);
        if (!writable) continue;
        const auto [broken, written] = co_await asio::async_write(err_.stream(), block, as_result);
        writable = !broken;
    }
    err_.close();
    stream_over();
}

}  // namespace stet

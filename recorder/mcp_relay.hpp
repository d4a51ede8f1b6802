#pragma once

#include "recorder/child.hpp"
#include "recorder/mcp_book.hpp"
#include "recorder/mcp_frame.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <string>
#include <vector>

namespace stet {

/// One of our own standard descriptors, for asynchronous use: a duplicate, whose blocking mode (which
/// belongs to everybody who shares the terminal or pipe) is put back at the end.
class BorrowedDescriptor {
public:
    BorrowedDescriptor(asio::io_context& io, int descriptor);
    ~BorrowedDescriptor();
    BorrowedDescriptor(const BorrowedDescriptor&) = delete;
    BorrowedDescriptor& operator=(const BorrowedDescriptor&) = delete;
    asio::posix::stream_descriptor& stream() { return stream_; }
    void close();

private:
    asio::posix::stream_descriptor stream_;
    int original_;
    int flags_;
};

/// Passes signals that ask us to end on to a child, as long as it lives. Made before the child is, so that
/// no such signal ends us while it starts: what comes in between is passed on, too.
class SignalRelay {
public:
    /// Signals that were ignored stay ignored.
    SignalRelay(asio::io_context& io, const std::vector<int>& signals, const SignalGuard& guard);
    /// `child` must outlive the relay.
    void relay_to(Child& child);
    void stop() { signals_.cancel(); }

private:
    asio::awaitable<void> relay(Child& child);
    asio::io_context& io_;
    asio::signal_set signals_;
};

/// Starts a stdio MCP server and carries bytes between it and our own stdin, stdout and stderr.
///
/// To the server they go at once; from the server whole lines go once the witness gives leave.
/// Thread: the I/O thread.
class McpRelay {
public:
    /// `ours` is what the client talks to: our stdin, stdout and stderr. Everything must outlive the
    /// relay. Throws StartTrouble when the command cannot be executed.
    McpRelay(asio::io_context& io, McpWitness& witness, const ChildDescriptors& ours,
             const std::vector<std::string>& command, const SignalGuard& signals);

    /// Returns when the server has ended and what it wrote has been passed on.
    asio::awaitable<void> run();
    const AgentOutcome& outcome() const { return child_.outcome(); }

private:
    struct Pipe;
    McpRelay(asio::io_context& io, McpWitness& witness, const ChildDescriptors& ours,
             const std::vector<std::string>& command, const SignalGuard& signals, Pipe in, Pipe out,
             Pipe err);
    asio::awaitable<void> carry_up();
    asio::awaitable<void> carry_down();
    asio::awaitable<void> carry_errors();
    asio::awaitable<bool> pass_on(LineHold::Cut cut);
    void stream_over();

    asio::io_context& io_;
    McpWitness& witness_;
    const std::vector<std::string>& command_;
    asio::posix::stream_descriptor server_in_, server_out_, server_err_;
    SignalRelay signals_;
    Child child_;
    BorrowedDescriptor in_, out_, err_;
    Signal news_;
    int streams_open_ = 0;
    bool up_open_ = false;
};

}  // namespace stet

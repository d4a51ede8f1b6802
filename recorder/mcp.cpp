#include "recorder/mcp.hpp"

#include "recorder/mcp_relay.hpp"
#include "recorder/mcp_remote.hpp"

#include <stet/door/recorder.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <signal.h>
#include <unistd.h>

namespace stet {
namespace {

/// A client that is gone is an error to us, not a signal; a server must find all of them as usual.
std::unique_ptr<SignalGuard> guard_signals(const McpOptions& options) {
    const std::vector<int> signals = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD};
    auto guard = std::make_unique<SignalGuard>(signals, options.own_ignored_signals);
    SignalGuard::ignore(SIGPIPE);
    ::signal(SIGCHLD, SIG_DFL);
    return guard;
}

constexpr ChildDescriptors standard{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

asio::awaitable<void> relay_all(McpRelay& relay, McpRemote& remote) {
    co_await relay.run();
    co_await remote.finish();
}

}  // namespace

AgentOutcome record_mcp_between(const ChildDescriptors& ours, const McpOptions& options, EventSink& sink) {
    const auto guard = guard_signals(options);
    asio::io_context io(1);
    Ledger ledger(sink, options.now);
    std::unique_ptr<StateWatch> watch;
    if (options.workspace != nullptr)
        watch = std::make_unique<StateWatch>(io, ledger, *options.workspace, options.initial_state,
                                             options.initial_tree, options.warn);
    if (watch) watch->pass_over(options.initial_unreadable);
    McpBook book(ledger, watch.get(), options.name);
    McpRelay relay(io, book, ours, options.command, *guard);
    asio::co_spawn(io, relay.run(), or_throw);
    io.run();
    ledger.rethrow();
    return relay.outcome();
}

Result<AgentOutcome> relay_mcp_between(const ChildDescriptors& ours, const McpOptions& options,
                                       const std::filesystem::path& socket) {
    const auto guard = guard_signals(options);
    asio::io_context io(1);
    auto connection = connect_to_run(io, socket);
    if (!connection) return connection.error();
    McpRemote remote(io, *std::move(connection), options.name, options.warn);
    McpRelay relay(io, remote, ours, options.command, *guard);
    remote.start(options.secrets);
    asio::co_spawn(io, relay_all(relay, remote), or_throw);
    io.run();
    return relay.outcome();
}

AgentOutcome record_mcp(const McpOptions& options, EventSink& sink) {
    return record_mcp_between(standard, options, sink);
}

Result<AgentOutcome> relay_mcp(const McpOptions& options, const std::filesystem::path& socket) {
    return relay_mcp_between(standard, options, socket);
}

}  // namespace stet

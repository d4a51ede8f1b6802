#include "recorder/mcp_desk.hpp"
#include "recorder/mcp_relay.hpp"
#include "recorder/peer_server.hpp"
#include "recorder/relay.hpp"

#include <stet/door/recorder.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <signal.h>
#include <utility>

namespace stet {
namespace {

/// How long an exchange, and then an MCP server, may still take after the agent has ended.
constexpr std::chrono::seconds grace{1};

/// The largest body that is read and recorded; a larger one is relayed unread.
constexpr std::uint64_t body_bytes_max = std::uint64_t{1} << 30;

HttpLimits relay_limits() {
    HttpLimits limits;
    limits.body_bytes_max = body_bytes_max;
    return limits;
}

/// One recording: listeners, the agent's process, and the order in which they end.
class Recording {
public:
    Recording(const RecorderOptions& options, EventSink& sink)
        : options_(options),
          ledger_(sink, options.now),
          share_{io_, ledger_, nullptr, relay_limits(), 0, false} {
        if (options.workspace != nullptr) {
            watch_ = std::make_unique<StateWatch>(io_, ledger_, *options.workspace, options.initial_state,
                                                  options.initial_tree, options.warn);
            watch_->pass_over(options.initial_unreadable);
            share_.watch = watch_.get();
        }
        relay_ = std::make_unique<Relay>(share_, open_destinations());
        if (!options.socket.empty())
            desk_ = std::make_unique<McpDesk>(io_, ledger_, watch_.get(), options.learn, options.socket);
    }

    AgentOutcome run();

private:
    std::vector<Destination> open_destinations();
    EnvironmentPairs additions() const;
    asio::awaitable<void> conduct();
    asio::awaitable<void> wait_until_quiet();
    void append(EventBody body);

    const RecorderOptions& options_;
    asio::io_context io_{1};
    Ledger ledger_;
    RelayShare share_;
    std::unique_ptr<StateWatch> watch_;
    std::vector<std::unique_ptr<PeerServer>> peers_;
    std::unique_ptr<Relay> relay_;
    std::unique_ptr<McpDesk> desk_;
    std::unique_ptr<Child> child_;
    std::unique_ptr<SignalRelay> signals_;
};

/// A peer's url is only asked for its path: "/v1" belongs to the agent's base url, too.
Result<UpstreamUrl> url_of(const Upstream& upstream) {
    return parse_upstream_url(upstream.url.empty() && upstream.peer != nullptr ? "http://127.0.0.1"
                                                                               : upstream.url);
}

std::vector<Destination> Recording::open_destinations() {
    std::vector<Destination> destinations;
    for (const auto& upstream : options_.upstreams) {
        Destination destination;
        destination.name = upstream.name;
        const auto url = url_of(upstream);
        if (!url) throw Trouble("record", upstream.name, url.error().what, url.error().hint);
        destination.url = *url;
        destination.transport = url->tls ? "tls" : "tcp";
        if (upstream.peer != nullptr) {
            peers_.push_back(std::make_unique<PeerServer>(io_, *upstream.peer, 0));
            destination.transport = "script";
            destination.url.tls = false;
            destination.url.host = "127.0.0.1";
            destination.url.port = std::to_string(peers_.back()->port());
        }
        destinations.push_back(std::move(destination));
    }
    return destinations;
}

EnvironmentPairs Recording::additions() const {
    const auto base = fmt::format("http://127.0.0.1:{}", relay_->port());
    EnvironmentPairs pairs;
    for (const auto& upstream : options_.upstreams) {
        const auto url = parse_upstream_url(upstream.url);
        if (!upstream.variable.empty())
            pairs.emplace_back(upstream.variable,
                               fmt::format("{}/{}{}", base, upstream.name, url ? url->path : std::string{}));
    }
    pairs.emplace_back("STET_URL", base);
    pairs.insert(pairs.end(), options_.environment.begin(), options_.environment.end());
    return pairs;
}

AgentOutcome Recording::run() {
    const std::vector<int> touched = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD};
    const SignalGuard guard(touched, options_.own_ignored_signals);
    ::signal(SIGCHLD, SIG_DFL);
    // Ctrl-C reaches the agent by itself (same process group); what it does about it is to be recorded.
    // From here on, before there is an agent: the recorder must not go while it starts.
    for (const int signal : {SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ})
        SignalGuard::ignore(signal);
    signals_ = std::make_unique<SignalRelay>(io_, std::vector<int>{SIGTERM, SIGHUP}, guard);
    child_ =
        std::make_unique<Child>(io_, options_.command, agent_environment(current_environment(), additions()),
                                ChildDescriptors{}, guard);
    signals_->relay_to(*child_);
    relay_->start();
    for (auto& peer : peers_)
        peer->start();
    if (desk_) desk_->start();
    asio::co_spawn(io_, conduct(), or_throw);
    io_.run();
    signals_.reset();
    ledger_.rethrow();
    auto outcome = child_->outcome();
    if (watch_) outcome.final_tree = watch_->tree();
    return outcome;
}

void Recording::append(EventBody body) {
    auto draft = ledger_.draft(0);
    draft.body = std::move(body);
    ledger_.append(std::move(draft));
}

asio::awaitable<void> Recording::conduct() {
    const auto begun_us = ledger_.now().mono_us;
    append(ProcessStarted{"agent", options_.command});
    co_await child_->wait();
    signals_->stop();
    const auto& outcome = child_->outcome();
    const auto passed_ms = static_cast<std::uint64_t>((ledger_.now().mono_us - begun_us) / 1000);
    append(ProcessExited{"agent", outcome.exit_code, outcome.signal, passed_ms});

    co_await wait_until_quiet();
    relay_->cut_all();
    co_await relay_->stop();
    if (desk_) co_await desk_->stop();
    for (auto& peer : peers_)
        co_await peer->stop();
    if (watch_) {
        StateWatch::Look look;
        look.final_state = true;
        const auto ticket = co_await watch_->look(look);
        if (ticket) co_await durable(ledger_, *ticket);
    }
}

/// Descendants of the agent may outlive it, with connections open.
asio::awaitable<void> Recording::wait_until_quiet() {
    const Deadline relay_deadline(relay_->news(), io_.get_executor(), grace);
    while (!relay_deadline.over() && !relay_->quiet())
        co_await relay_->news().wait();
    if (!desk_) co_return;
    const Deadline desk_deadline(desk_->news(), io_.get_executor(), grace);
    while (!desk_deadline.over() && !desk_->quiet())
        co_await desk_->news().wait();
}

}  // namespace

Result<void> check_upstream(const Upstream& upstream) {
    if (const auto url = url_of(upstream); !url) return url.error();
    return {};
}

AgentOutcome record(const RecorderOptions& options, EventSink& sink) {
    Recording recording(options, sink);
    return recording.run();
}

void serve(Peer& peer, std::uint16_t port, const std::function<void(std::uint16_t)>& listening) {
    const std::vector<int> touched = {SIGINT, SIGTERM};
    const SignalGuard guard(touched);
    asio::io_context io(1);
    PeerServer server(io, peer, port);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const error_code& cancelled, int) {
        if (!cancelled) asio::co_spawn(io, server.stop(), or_throw);
    });
    server.start();
    listening(server.port());
    io.run();
}

}  // namespace stet

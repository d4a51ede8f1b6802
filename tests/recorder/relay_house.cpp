#include "tests/recorder/relay_house.hpp"

#include "recorder/relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace stet::test {
namespace {

asio::awaitable<void> stop_relay(Relay& relay) {
    relay.cut_all();
    co_await relay.stop();
}

}  // namespace

struct RelayHouse::Rooms {
    Rooms(EventSink& sink, Workspace* workspace)
        : ledger(sink, now), share{io, ledger, nullptr, HttpLimits{}, 0, false} {
        if (workspace == nullptr) return;
        watch = std::make_unique<StateWatch>(io, ledger, *workspace, Digest{}, Tree{}, warn);
        share.watch = watch.get();
    }

    std::atomic<std::int64_t> tick{0};
    std::function<Instant()> now = [this] {
        const auto at = tick.fetch_add(1000);
        return Instant{at, at / 1000};
    };
    std::function<void(const std::string&)> warn = [](const std::string&) {};
    asio::io_context io{1};
    Ledger ledger;
    std::unique_ptr<StateWatch> watch;
    RelayShare share;
    std::unique_ptr<Relay> relay;
    std::thread thread;
};

RelayHouse::RelayHouse(const std::vector<To>& upstreams, Workspace* workspace)
    : rooms_(std::make_unique<Rooms>(sink, workspace)) {
    std::vector<Destination> destinations;
    for (const auto& to : upstreams) {
        const auto url = parse_upstream_url(to.url);
        REQUIRE(url.has_value());
        destinations.push_back({to.name, *url, url->tls ? "tls" : "tcp"});
    }
    rooms_->relay = std::make_unique<Relay>(rooms_->share, std::move(destinations));
    rooms_->relay->start();
    rooms_->thread = std::thread([this] { rooms_->io.run(); });
}

RelayHouse::RelayHouse(std::uint16_t port, Workspace* workspace)
    : RelayHouse(std::vector<To>(1, To{"up", "http://127.0.0.1:" + std::to_string(port) + "/v1"}),
                 workspace) {}

RelayHouse::~RelayHouse() {
    stop();
}

Socket RelayHouse::connect() const {
    return Socket::connect(rooms_->relay->port());
}

void RelayHouse::stop() {
    if (!rooms_->thread.joinable()) return;
    sink.release();
    asio::co_spawn(rooms_->io, stop_relay(*rooms_->relay), or_throw);
    rooms_->thread.join();
}

bool RelayHouse::closed(std::size_t connections) const {
    return sink.wait_for(
        [&](const TestSink& log) { return log.all<ConnectionClosed>().size() >= connections; });
}

std::string post(std::string_view body, std::string_view more_fields) {
    std::string request = "POST /up/v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:1\r\n";
    request.append("X-Api-Key: k\r\n").append(more_fields);
    request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return request;
}

}  // namespace stet::test

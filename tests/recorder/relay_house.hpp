#pragma once

#include "tests/recorder/sockets.hpp"
#include "tests/recorder/test_sink.hpp"

#include <stet/workspace.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace stet::test {

/// A relay on a thread of its own, with upstreams by name and a sink.
class RelayHouse {
public:
    struct To {
        std::string name, url;
    };
    explicit RelayHouse(const std::vector<To>& upstreams, Workspace* workspace = nullptr);
    /// One upstream, "up", at that port.
    explicit RelayHouse(std::uint16_t port, Workspace* workspace = nullptr);
    ~RelayHouse();
    RelayHouse(const RelayHouse&) = delete;
    RelayHouse& operator=(const RelayHouse&) = delete;

    TestSink sink;
    Socket connect() const;
    /// Stops the relay; every event is in the sink then.
    void stop();
    /// Waits until so many connections are closed in the log.
    bool closed(std::size_t connections) const;

private:
    // Asio is dear to compile: one test file pays for all.
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

/// A request with a body, for the upstream "up".
std::string post(std::string_view body, std::string_view more_fields = "");

}  // namespace stet::test

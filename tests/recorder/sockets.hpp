#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace stet::test {

/// A plain blocking TCP socket with a receive time-out (a test that waits too long fails).
class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor);
    ~Socket();
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    static Socket connect(std::uint16_t port);

    void send(std::string_view bytes);
    /// What is there, waiting for at least one byte; empty at the end.
    std::string receive_some();
    /// Exactly so many bytes, or fewer at the end.
    std::string receive(std::size_t bytes);
    std::string receive_until(std::string_view end);
    /// Up to the end; `was_reset` tells which one it was.
    std::string receive_all();
    bool was_reset() const { return reset_; }
    int descriptor() const { return descriptor_; }
    /// Are there bytes now? Gives the other side a moment to be wrong.
    bool quiet();
    void end_sending();
    void close();
    void reset();

private:
    int descriptor_ = -1;
    bool reset_ = false;
    std::string ahead_;
};

/// Accepts connections on an ephemeral loopback port, one after the other, on a thread of its own.
class FakeUpstream {
public:
    using Script = std::function<void(Socket&)>;
    /// `script` plays one connection; there are `connections` of them.
    explicit FakeUpstream(Script script, int connections = 1);
    ~FakeUpstream();
    FakeUpstream(const FakeUpstream&) = delete;
    FakeUpstream& operator=(const FakeUpstream&) = delete;
    std::uint16_t port() const { return port_; }
    void join();

private:
    std::uint16_t port_ = 0;
    int listener_ = -1;  ///< Made after the port, which it fills in.
    std::thread thread_;
};

/// A port at which nobody listens.
std::uint16_t closed_port();

}  // namespace stet::test

#include "tests/recorder/sockets.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace stet::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

const sockaddr* plain(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

int listen_anywhere(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener, plain(address), size) != 0 || ::listen(listener, 16) != 0)
        throw std::runtime_error("cannot listen");
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return listener;
}

}  // namespace

Socket::Socket(int descriptor) : descriptor_(descriptor) {
    const timeval limit{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int yes = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Socket::~Socket() {
    close();
}

Socket::Socket(Socket&& other) noexcept {
    *this = std::move(other);
}

Socket& Socket::operator=(Socket&& other) noexcept {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    reset_ = other.reset_;
    ahead_ = std::move(other.ahead_);
    return *this;
}

Socket Socket::connect(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (::connect(descriptor, plain(address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
    return Socket(descriptor);
}

void Socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string Socket::receive_some() {
    if (!ahead_.empty()) return std::exchange(ahead_, {});
    std::string buffer(64 * 1024, '\0');
    const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count < 0) {
        reset_ = errno == ECONNRESET;
        if (!reset_) throw std::runtime_error("nothing came for ten seconds");
    }
    buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return buffer;
}

std::string Socket::receive(std::size_t bytes) {
    std::string result;
    while (result.size() < bytes) {
        const auto some = receive_some();
        if (some.empty()) break;
        result += some;
    }
    if (result.size() > bytes) {
        ahead_ = result.substr(bytes);
        result.resize(bytes);
    }
    return result;
}

std::string Socket::receive_until(std::string_view end) {
    std::string result;
    while (result.find(end) == std::string::npos) {
        const auto some = receive_some();
        if (some.empty()) return result;
        result += some;
    }
    const auto size = result.find(end) + end.size();
    ahead_ = result.substr(size);
    result.resize(size);
    return result;
}

std::string Socket::receive_all() {
    std::string result;
    while (true) {
        const auto some = receive_some();
        if (some.empty()) return result;
        result += some;
    }
}

bool Socket::quiet() {
    pollfd entry{descriptor_, POLLIN, 0};
    return ahead_.empty() && ::poll(&entry, 1, 30) == 0;
}

void Socket::end_sending() {
    ::shutdown(descriptor_, SHUT_WR);
}

void Socket::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Socket::reset() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
}

FakeUpstream::FakeUpstream(Script script, int connections) : listener_(listen_anywhere(port_)) {
    thread_ = std::thread([this, script = std::move(script), connections] {
        for (int i = 0; i < connections; ++i) {
            pollfd entry{listener_, POLLIN, 0};
            if (::poll(&entry, 1, 10'000) <= 0) return;
            const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (accepted < 0) return;
            Socket socket(accepted);
            try {
                script(socket);
            } catch (const std::exception&) {
                return;  // The assertions on what the client saw will tell.
            }
        }
    });
}

FakeUpstream::~FakeUpstream() {
    join();
    ::close(listener_);
}

void FakeUpstream::join() {
    if (thread_.joinable()) thread_.join();
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(listen_anywhere(port));
    return port;
}

}  // namespace stet::test

#include "bench/relay.hpp"

#include <stet/result.hpp>
#include <stet/wire/http.hpp>

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace stet::bench {
namespace {

constexpr std::size_t receive_bytes_max = 64 * 1024;
constexpr auto piece_pause = std::chrono::milliseconds(1);

[[noreturn]] void refuse(const char* operation) {
    throw Trouble(operation, "127.0.0.1", std::strerror(errno));
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Socket make_socket() {
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0) refuse("make socket");
    return Socket(file);
}

void send_at_once(int file) {
    const int yes = 1;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

std::string chunk_of(std::string_view text) {
    return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

void answer_with_stream(const Socket& socket) {
    socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t i = 0; i < stream_pieces; ++i) {
        std::this_thread::sleep_for(piece_pause);
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        socket.send(chunk_of(
            fmt::format(R"(data: {{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,)"
                        R"("delta":{{"content":"{}"}}}}]}})"
                        "\n\n",
                        std::chrono::nanoseconds(now).count())));
    }
    socket.send(chunk_of("data: [DONE]\n\n") + "0\r\n\r\n");
}

void answer(const Socket& socket, const std::string& body) {
    static const auto plain = make_response(
        200, "application/json",
        R"({"id":"c","object":"chat.completion","model":"bench","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,)"
        R"("completion_tokens":1}})");
    if (body.find(R"("stream":true)") != std::string::npos) return answer_with_stream(socket);
    socket.send(plain);
}

void serve_connection(const Socket& socket) {
    HttpReader reader(HttpReader::Role::requests);
    std::string buffer, body;
    for (;;) {
        auto bytes = socket.receive(buffer);
        if (bytes.empty()) return;
        while (!bytes.empty()) {
            const auto piece = reader.read(bytes);
            if (!piece) return;
            bytes.remove_prefix(piece->consumed);
            if (body.size() < 100) body += piece->body;  // Enough to know what is wanted.
            if (!piece->message_done) continue;
            answer(socket, body);
            body.clear();
        }
    }
}

}  // namespace

Socket::~Socket() {
    if (file_ >= 0) close(file_);
}

Socket::Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

Socket Socket::listen_on_loopback() {
    auto socket = make_socket();
    const auto address = loopback(0);
    if (bind(socket.file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(socket.file_, 128) != 0)
        refuse("listen");
    return socket;
}

Socket Socket::connect_to_loopback(std::uint16_t port) {
    const auto address = loopback(port);
    for (int tries = 0; tries < 500; ++tries) {
        auto socket = make_socket();
        send_at_once(socket.file_);
        if (connect(socket.file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return socket;
        if (errno != ECONNREFUSED) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    refuse("connect");
}

std::uint16_t Socket::port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size) != 0) refuse("name socket");
    return ntohs(address.sin_port);
}

Socket Socket::accept() const {
    const int file = accept4(file_, nullptr, nullptr, SOCK_CLOEXEC);
    if (file < 0) refuse("accept");
    send_at_once(file);
    return Socket(file);
}

void Socket::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) refuse("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string_view Socket::receive(std::string& buffer) const {
    buffer.resize(receive_bytes_max);
    const auto received = recv(file_, buffer.data(), buffer.size(), 0);
    if (received < 0) refuse("receive");
    return std::string_view(buffer).substr(0, static_cast<std::size_t>(received));
}

void serve_model(Socket listening) {
    for (;;) {
        std::thread([socket = listening.accept()] {
            try {
                serve_connection(socket);
            } catch (const Trouble&) {
                // The other side is gone; the one who asked says so.
            }
        }).detach();
    }
}

}  // namespace stet::bench

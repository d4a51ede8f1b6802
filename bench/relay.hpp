#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet::bench {

// The parts of the relay's benchmark: a model that answers at once, and an agent that asks it by several
// ways in turn. Plain sockets and threads, so that nothing of the recorder is on either end.

/// A connected or listening TCP socket. Throws Trouble when the machine refuses.
class Socket {
public:
    static Socket listen_on_loopback();
    /// Tries again for some seconds while nobody listens there.
    static Socket connect_to_loopback(std::uint16_t port);
    explicit Socket(int file) : file_(file) {}
    ~Socket();
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&&) = delete;

    std::uint16_t port() const;
    int file() const { return file_; }
    Socket accept() const;
    void send(std::string_view bytes) const;
    /// What is there, at most 64 KB; empty at the end.
    std::string_view receive(std::string& buffer) const;

private:
    int file_;
};

/// A request body in the form of OpenAI's Chat Completions, of about so many bytes. Each is another.
std::string question(std::size_t bytes, std::uint64_t number, bool stream);

/// Pieces of a streamed answer, `[DONE]` not counted; a pause stands between them.
inline constexpr std::size_t stream_pieces = 40;

/// Answers on `listening` until the process ends: 200 bytes at once, or a stream whose pieces say when they
/// were sent (steady clock, ns). A thread for each connection.
void serve_model(Socket listening);

/// A way to the model.
struct Way {
    std::string program;
    std::uint16_t port = 0;
    std::string path;
};

struct Timed {
    std::string figure, program;
    std::vector<double> values;  ///< One per repetition: p50 in microseconds, or requests a second.
};

/// Asks by each way in turn, request by request.
std::vector<Timed> ask_in_turn(const std::vector<Way>& ways);

inline constexpr std::string_view small_post = "POST 200 B", large_post = "POST 300 KB",
                                  stream_piece = "SSE piece",
                                  requests_a_second = "POST 200 B, 16 connections";

}  // namespace stet::bench

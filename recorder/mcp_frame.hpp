#pragma once

#include <stet/result.hpp>
#include <stet/wire/jsonrpc.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// What an MCP relay under a run tells the run over its socket, and what it is told. Pure.
//
// A frame is one byte of kind, four bytes of length (big endian) and so many bytes of content.

/// sockaddr_un::sun_path, less its NUL.
constexpr std::size_t socket_path_bytes_max = 107;

enum class FrameKind : char {
    learn = 'k',        ///< A secret's kind and value, each ended by a NUL; before `hello`.
    hello = 'h',        ///< The server's name and argv, each ended by a NUL.
    from_agent = 'a',   ///< A line.
    from_server = 's',  ///< A line.
    output = 'e',       ///< Bytes of the server's stderr.
    leave = 'l',        ///< May what was said so far be acknowledged? Before `hello`: is anybody there?
    ended = 'x',        ///< "exit 3", "signal 15", or nothing when it is unknown.
    granted = 'y',      ///< The answer to `leave`.
    refused = 'n',      ///< The log has failed.
};

struct Frame {
    FrameKind kind = FrameKind::leave;
    std::string content;
    friend bool operator==(const Frame&, const Frame&) = default;
};

std::string encode_frame(FrameKind kind, std::string_view content);

/// Cuts a stream into frames, whatever pieces it comes in. After an error it is dead.
class FrameReader {
public:
    static constexpr std::size_t content_bytes_max = 65u << 20;  ///< More than a LineReader's longest.
    [[nodiscard]] Result<std::vector<Frame>> read(std::string_view bytes);

private:
    std::string pending_;
};

/// Lists of words in a hello frame.
std::string join_words(const std::vector<std::string>& words);
std::vector<std::string> split_words(std::string_view joined);

/// Cuts a server's output at line ends, so that whole lines can wait for the log.
///
/// A line that has grown beyond `partial_bytes_max` is not held back until its end comes (it may be
/// larger than every buffer between the two processes); it is read when it is whole.
class LineHold {
public:
    static constexpr std::size_t partial_bytes_max = 1 << 20;

    struct Cut {
        std::vector<std::string> lines;  ///< Whole, with their ends.
        std::string held;                ///< Goes on once these lines are in the log …
        std::string now;                 ///< … and this right after it.
    };
    Cut read(std::string_view bytes);
    /// The stream has ended; a last line without an end is a line, too.
    Cut end();

private:
    LineReader lines_;
    std::string unsent_;
};

}  // namespace stet

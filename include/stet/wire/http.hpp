#pragma once

#include <stet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stet {

// HTTP/1.1 (RFC 9112) as an observer reads it: sans-IO, incremental, never touching the bytes.
// What can be read in two ways is refused (request smuggling): both Content-Length and
// Transfer-Encoding, differing lengths, codings other than a final "chunked", chunked in HTTP/1.0,
// bare CR or LF inside a head, obsolete line folding, white space before a field's colon.

struct HttpLimits {
    std::size_t line_bytes_max = 16 * 1024;  ///< Request or status line, and each field.
    std::size_t head_bytes_max = 256 * 1024;
    std::size_t fields_max = 200;
    std::uint64_t body_bytes_max = std::uint64_t{1} << 32;
};

struct HttpField {
    std::string name, value;  ///< As written; the value without surrounding white space.
};

struct HttpHead {
    // Requests.
    std::string method, target;
    // Responses.
    int status = 0;
    std::string reason;

    int minor = 1;  ///< HTTP/1.x
    std::vector<HttpField> fields;

    /// Case-insensitive; the first one's value, or null.
    const std::string* find(std::string_view name) const;
    /// Does the comma-separated field hold the token (case-insensitive)?
    bool has_token(std::string_view name, std::string_view token) const;
};

/// Parses a complete head (up to and including the empty line).
[[nodiscard]] Result<HttpHead> parse_request_head(std::string_view bytes, const HttpLimits& limits = {});
[[nodiscard]] Result<HttpHead> parse_response_head(std::string_view bytes, const HttpLimits& limits = {});

/// Reads messages of one direction of one connection, whatever pieces they come in.
///
/// `read` consumes a piece up to the end of the message it is in, at most; call it again with the
/// rest. After an error the reader is dead: relay the rest unread.
class HttpReader {
public:
    enum class Role : std::uint8_t { requests, responses };
    explicit HttpReader(Role role, const HttpLimits& limits = {});

    /// What a piece held. Offsets are into the piece.
    struct Piece {
        std::size_t consumed = 0;
        bool head_done = false;  ///< The head ended in this piece: `head()` and `head_bytes()` are good.
        std::string body;        ///< Body bytes of this piece, chunked framing removed.
        std::size_t last_from =
            0;  ///< When `message_done`: where the bytes begin that complete the message
                ///< (the last byte of a Content-Length body, the last chunk, or of the head).
        bool message_done = false;
    };
    [[nodiscard]] Result<Piece> read(std::string_view bytes);

    /// The connection has ended. True when that ends the message in order (a body without length);
    /// false when it cuts it, or when none had begun.
    bool end_of_stream();

    /// For responses: before reading the answer to a HEAD or CONNECT request, say so. Holds for one
    /// answer, the interim ones before it included.
    void expect_no_body(bool yes);

    const HttpHead& head() const { return head_; }
    const std::string& head_bytes() const { return head_bytes_; }
    /// A message has begun and is not complete.
    bool in_message() const;
    /// Responses: 1xx, which another response follows.
    bool interim() const;
    /// After this message the connection carries no other (Connection: close, HTTP/1.0, no length).
    bool closes() const;
    /// Responses: a 101 has been read. The connection speaks something else from here on, in both
    /// directions: `read` refuses what follows.
    bool upgraded() const { return upgraded_; }

private:
    enum class State : std::uint8_t {
        head,
        fixed,
        chunk_size,
        chunk_data,
        chunk_end,
        trailer,
        until_close,
        done,
        dead
    };
    Result<void> advance(std::string_view bytes, Piece& piece);
    Result<void> begin_message();
    Result<void> begin_body();
    Result<void> begin_response_body();
    Result<void> begin_sized_body();
    Result<void> read_head(std::string_view bytes, Piece& piece);
    Result<void> read_fixed(std::string_view bytes, Piece& piece);
    Result<void> read_until_close(std::string_view bytes, Piece& piece);
    Result<void> read_line(std::string_view bytes, Piece& piece);
    Result<void> take_line(Piece& piece);
    Result<void> take_chunk_size(std::string_view line);
    void finish(Piece& piece, std::size_t last_from);

    Role role_;
    HttpLimits limits_;
    State state_ = State::head;
    HttpHead head_;
    std::string head_bytes_;
    std::string line_;              // Of the chunked framing, still without its end.
    std::size_t head_line_at_ = 0;  // Where the head's current line begins in head_bytes_.
    std::size_t size_line_at_ = 0;  // Where the current chunk's size line begins in the piece.
    std::uint64_t left_ = 0, body_bytes_ = 0;
    std::size_t trailer_bytes_ = 0, trailer_fields_ = 0;
    bool no_body_ = false, keeps_alive_ = true, upgraded_ = false, skipped_blank_ = false;
};

/// A response that stet makes itself: head with Content-Length, and body.
std::string make_response(int status, std::string_view media_type, std::string_view body,
                          const std::vector<HttpField>& more = {});

/// "text/event-stream" out of "Text/Event-Stream; charset=utf-8".
std::string media_type_of(const HttpHead& head);

}  // namespace stet

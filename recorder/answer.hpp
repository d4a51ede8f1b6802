#pragma once

#include <stet/bytes.hpp>
#include <stet/result.hpp>
#include <stet/wire/http.hpp>
#include <stet/wire/sse.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// Why bytes of an answer must wait.
enum class Hold : std::uint8_t {
    none,
    event,    ///< Until the log has the body so far: the model says no more after it.
    message,  ///< Until the log has the whole response.
};

/// What to do with the first bytes of a block: send `forward` of them, wait, send `held` more.
struct AnswerStep {
    std::size_t forward = 0;
    std::size_t held = 0;
    Hold hold = Hold::none;
    std::string body;        ///< Body bytes in these, framing removed.
    std::string text;        ///< What they add under their content coding, as far as that can be undone.
    bool head_done = false;  ///< The head of the final response (not of a 1xx) is complete.
    bool done = false;       ///< The final response is complete.
};

/// The commit rule: reads an answer as it comes and says which bytes may go at once. Pure.
///
/// Everything goes at once but what ends an answer: the last Content-Length byte, the last chunk, the
/// last byte of a head without body, and the terminal event of an event stream. Under a content coding
/// no byte is the event's first: then everything is held that the block has of the body.
class AnswerReader {
public:
    explicit AnswerReader(const HttpLimits& limits);

    /// The next answer is to a request of this kind (HEAD is answered without a body).
    void begin(bool no_body);

    /// The error says that this is no HTTP; the reader is then dead.
    [[nodiscard]] Result<AnswerStep> read(std::string_view block);

    /// The upstream has ended the connection. True when that completes the answer in order.
    bool end_of_stream();

    /// Of the final response, once its head is done.
    const HttpHead& head() const { return reader_.head(); }
    const std::string& head_bytes() const { return reader_.head_bytes(); }
    /// The connection is no longer HTTP after this head (101).
    bool switches_protocols() const { return head_done_ && reader_.head().status == 101; }

private:
    /// Bytes of `block` that may go before the terminal event which begins at `offset` of the piece's body.
    static std::size_t bytes_before(const HttpReader& before, std::string_view block, std::uint64_t offset);
    void begin_body();
    /// Where the terminal event begins in `text`, which is what a block adds.
    std::optional<std::uint64_t> terminal_event(const std::string& text);
    std::string decode(const std::string& body);

    HttpReader reader_;
    std::optional<SseReader> events_;
    std::optional<ContentDecoder> decoder_;
    std::uint64_t text_bytes_ = 0;
    bool coded_ = false;
    bool head_done_ = false;
};

}  // namespace stet

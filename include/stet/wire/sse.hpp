#pragma once

#include <stet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// Server-sent events (WHATWG HTML, section 9.2.6), sans-IO and incremental.

struct SseEvent {
    std::string event;  ///< Empty: "message".
    std::string data;   ///< Lines joined by LF.
    std::string
        id;  ///< As this event says it; the standard's "last event id" is the last one that is not empty.
    /// Bytes of the stream, 0-based. `end` is past the empty line; when that is CRLF, past its CR: an
    /// agent may act on the event as soon as it has that, and the LF may come in a later piece.
    std::uint64_t begin = 0, end = 0;
    friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

class SseReader {
public:
    static constexpr std::size_t event_bytes_max = 64u << 20;

    /// The events that these bytes complete. An error when one is larger than the limit; the reader
    /// is dead after that.
    [[nodiscard]] Result<std::vector<SseEvent>> read(std::string_view bytes);
    /// Bytes of an event that has begun and did not end.
    std::size_t pending() const { return line_.size() + data_bytes_; }

private:
    void end_line(std::vector<SseEvent>& events);
    void take_line(std::string_view line);
    void take_field(std::string_view name, std::string_view value);

    std::string line_;
    SseEvent current_;
    std::size_t data_bytes_ = 0;
    bool has_data_ = false, after_cr_ = false, at_start_ = true, dead_ = false;
    std::uint64_t position_ = 0;
};

/// Is this the event after which the model says no more ("message_stop", "[DONE]", "error",
/// "response.completed")? The agent must not see it before the log has everything up to it.
[[nodiscard]] bool is_terminal(const SseEvent& event);

}  // namespace stet

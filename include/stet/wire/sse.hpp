#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/result.hpp>

namespace stet {

// Server-sent events (WHATWG HTML, section 9.2.6), sans-IO and incremental.

struct SseEvent {
    std::string event;  ///< Empty: "message".
    std::string data;   ///< Lines joined by LF.
    std::string id;
    std::uint64_t begin = 0, end = 0;  ///< Bytes of the stream, 0-based; `end` is past the empty line.
};

class SseReader {
public:
    static constexpr std::size_t event_bytes_max = 64u << 20;

    /// The events that these bytes complete. An error when one is larger than the limit.
    [[nodiscard]] Result<std::vector<SseEvent>> read(std::string_view bytes);
    /// Bytes of an event that has begun and did not end.
    std::size_t pending() const { return line_.size() + data_bytes_; }

private:
    void take_line(std::string_view line);
    std::string line_;
    SseEvent current_;
    std::size_t data_bytes_ = 0;
    bool has_data_ = false, after_cr_ = false, at_start_ = true;
    std::uint64_t position_ = 0;
};

/// Is this the event after which the model says no more ("message_stop", "[DONE]", "error",
/// "response.completed")? The agent must not see it before the log has everything up to it.
[[nodiscard]] bool is_terminal(const SseEvent& event);

}  // namespace stet

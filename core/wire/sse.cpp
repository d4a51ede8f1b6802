#include "core/wire/http_syntax.hpp"

#include <stet/json.hpp>
#include <stet/wire/sse.hpp>

#include <algorithm>
#include <array>

namespace stet {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_last_word(std::string_view name) {
    constexpr std::array<std::string_view, 5> words = {"message_stop", "error", "response.completed",
                                                       "response.failed", "response.incomplete"};
    return std::ranges::find(words, name) != words.end();
}

/// Chat Completions report an error in a data line of its own, and some peers leave the event's name
/// out, so that only the data tells. Parsing every delta would be dear: look for the words first.
bool may_be_last(std::string_view data) {
    constexpr std::array<std::string_view, 3> hints = {"\"error\"", "\"message_stop\"", "\"response."};
    return std::ranges::any_of(hints, [&](std::string_view hint) { return data.find(hint) != data.npos; });
}

}  // namespace

Result<std::vector<SseEvent>> SseReader::read(std::string_view bytes) {
    std::vector<SseEvent> events;
    while (!bytes.empty() && !dead_) {
        if (after_cr_ && bytes.front() == '\n') {
            after_cr_ = false;
            if (line_.empty() && !has_data_ && current_.begin == position_) ++current_.begin;
            ++position_;
            bytes.remove_prefix(1);
            continue;
        }
        after_cr_ = false;
        const auto line_end = bytes.find_first_of("\r\n");
        const auto take = std::min(line_end, bytes.size());
        line_ += bytes.substr(0, take);
        position_ += take;
        dead_ = pending() > event_bytes_max;
        bytes.remove_prefix(take);
        if (bytes.empty() || dead_) break;
        ++position_;
        after_cr_ = bytes.front() == '\r';
        bytes.remove_prefix(1);
        end_line(events);
    }
    if (dead_)
        return Error{"read a server-sent event: it is longer than 64 MiB", "the rest is relayed unread"};
    return events;
}

void SseReader::end_line(std::vector<SseEvent>& events) {
    std::string_view line = line_;
    if (at_start_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    at_start_ = false;
    if (!line.empty()) {
        take_line(line);
        line_.clear();
        return;
    }
    line_.clear();
    if (has_data_) {
        current_.end = position_;
        events.push_back(std::move(current_));
    }
    current_ = {};
    current_.begin = position_;
    data_bytes_ = 0;
    has_data_ = false;
}

void SseReader::take_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == 0) return;  // A comment.
    if (colon == std::string_view::npos) return take_field(line, {});
    auto value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    take_field(line.substr(0, colon), value);
}

void SseReader::take_field(std::string_view name, std::string_view value) {
    // "retry" is about the connection and says nothing about the stream; other names are ignored.
    if (name == "event") current_.event = value;
    if (name == "id" && value.find('\0') == std::string_view::npos) current_.id = value;
    if (name != "data") return;
    if (has_data_) current_.data += '\n';
    current_.data += value;
    has_data_ = true;
    data_bytes_ = current_.data.size();
}

bool is_terminal(const SseEvent& event) {
    if (is_last_word(event.event)) return true;
    if (trimmed(event.data) == "[DONE]") return true;
    if (!may_be_last(event.data)) return false;
    const auto document = JsonDocument::parse(event.data);
    if (!document || !document->root().is(JsonKind::object)) return false;
    const auto error = document->root()["error"];
    if (error.is(JsonKind::object) || error.is(JsonKind::string)) return true;
    return event.event.empty() && is_last_word(document->root()["type"].text());
}

}  // namespace stet

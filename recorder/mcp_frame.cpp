#include "recorder/mcp_frame.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::size_t header_bytes = 5;
constexpr std::string_view kinds = "khaselxyn";

std::size_t read_length(std::string_view header) {
    std::size_t length = 0;
    for (const char c : header.substr(1, 4))
        length = (length << 8) | static_cast<unsigned char>(c);
    return length;
}

}  // namespace

std::string encode_frame(FrameKind kind, std::string_view content) {
    STET_ASSERT(content.size() <= FrameReader::content_bytes_max);
    std::string frame(1, static_cast<char>(kind));
    for (int shift = 24; shift >= 0; shift -= 8)
        frame += static_cast<char>((content.size() >> shift) & 0xFF);
    return frame.append(content);
}

Result<std::vector<Frame>> FrameReader::read(std::string_view bytes) {
    pending_.append(bytes);
    std::vector<Frame> frames;
    std::string_view rest = pending_;
    while (rest.size() >= header_bytes) {
        const auto length = read_length(rest);
        if (kinds.find(rest.front()) == std::string_view::npos || length > content_bytes_max)
            return Error{fmt::format("read a frame of an MCP relay: kind {}, {} bytes",
                                     static_cast<int>(rest.front()), length),
                         "is the other end the same version of stet?"};
        if (rest.size() < header_bytes + length) break;
        frames.push_back(
            {static_cast<FrameKind>(rest.front()), std::string(rest.substr(header_bytes, length))});
        rest.remove_prefix(header_bytes + length);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return frames;
}

std::string join_words(const std::vector<std::string>& words) {
    std::string joined;
    for (const auto& word : words)
        joined.append(word).push_back('\0');
    return joined;
}

std::vector<std::string> split_words(std::string_view joined) {
    std::vector<std::string> words;
    while (!joined.empty()) {
        const auto end = joined.find('\0');
        words.emplace_back(joined.substr(0, end));
        joined.remove_prefix(end == std::string_view::npos ? joined.size() : end + 1);
    }
    return words;
}

LineHold::Cut LineHold::read(std::string_view bytes) {
    Cut cut;
    lines_.read(bytes, [&](std::string line) { cut.lines.push_back(std::move(line)); });
    unsent_.append(bytes);
    if (const auto end = unsent_.rfind('\n'); end != std::string::npos) {
        cut.held = unsent_.substr(0, end + 1);
        unsent_.erase(0, end + 1);
    }
    if (unsent_.size() > partial_bytes_max) std::swap(cut.now, unsent_);
    return cut;
}

LineHold::Cut LineHold::end() {
    Cut cut;
    if (auto rest = lines_.rest(); !rest.empty()) cut.lines.push_back(std::move(rest));
    std::swap(cut.held, unsent_);
    return cut;
}

}  // namespace stet

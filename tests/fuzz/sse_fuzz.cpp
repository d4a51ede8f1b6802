#include <stet/wire/sse.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

std::vector<stet::SseEvent> read_in_pieces(std::string_view bytes, std::size_t piece_bytes) {
    stet::SseReader reader;
    std::vector<stet::SseEvent> all;
    while (!bytes.empty()) {
        auto events = reader.read(bytes.substr(0, piece_bytes));
        STET_ASSERT(events.has_value());
        for (auto& event : *events)
            all.push_back(std::move(event));
        bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    const auto whole = read_in_pieces(bytes, size + 1);
    STET_ASSERT(whole == read_in_pieces(bytes, 1));
    std::uint64_t at = 0;
    for (const auto& event : whole) {
        STET_ASSERT(at <= event.begin && event.begin < event.end && event.end <= size);
        at = event.end;
        static_cast<void>(stet::is_terminal(event));
    }
    return 0;
}

#include <stet/wire/http.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

/// Everything that a reader says about a stream, so that two ways of cutting it can be compared.
std::string read_in_pieces(stet::HttpReader::Role role, std::string_view bytes, std::size_t piece_bytes) {
    stet::HttpReader reader(role);
    reader.expect_no_body(bytes.size() % 7 == 0);
    std::string said;
    while (!bytes.empty()) {
        auto rest = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(rest.size());
        while (!rest.empty()) {
            const auto piece = reader.read(rest);
            if (!piece) return said + "dead";
            STET_ASSERT(piece->consumed > 0 && piece->consumed <= rest.size());
            if (piece->head_done) said += "[" + reader.head_bytes() + "]";
            said += piece->body;
            if (piece->message_done) {
                STET_ASSERT(piece->last_from < piece->consumed);
                said += reader.closes() ? "<done, closes>" : "<done>";
            }
            rest.remove_prefix(piece->consumed);
        }
    }
    return said + (reader.end_of_stream() ? "end" : "cut");
}

}  // namespace

/// The first byte says which side speaks; the rest is the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(data + 1, data + size);
    const auto role = data[0] % 2 == 0 ? stet::HttpReader::Role::requests : stet::HttpReader::Role::responses;
    const auto whole = read_in_pieces(role, bytes, bytes.size() + 1);
    const auto cut = read_in_pieces(role, bytes, 1);
    // Bytes before an error may be read or not, as the pieces fall; messages that end before it are the same.
    const bool dead = whole.ends_with("dead");
    STET_ASSERT(dead == cut.ends_with("dead"));
    STET_ASSERT(dead || whole == cut);
    return 0;
}

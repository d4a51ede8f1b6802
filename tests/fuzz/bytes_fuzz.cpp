#include <stet/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

constexpr stet::InflateLimits limits{.bytes_max = 100'000};
constexpr std::array<std::string_view, 8> codings = {"gzip", "deflate",    "zstd",       "br",
                                                     "",     "gzip, zstd", "br,deflate", "unknown"};

void check_coding(std::string_view coding, std::string_view bytes) {
    const auto whole = stet::decode_content(coding, bytes, limits);
    const auto partial = stet::decode_cut_content(coding, bytes, limits);
    STET_ASSERT(!partial || partial->bytes.size() <= limits.bytes_max);
    STET_ASSERT(whole.has_value() == (partial && partial->complete));
    STET_ASSERT(!whole || *whole == partial->bytes);
}

void check_pieces(std::string_view coding, std::string_view bytes, std::size_t piece_bytes) {
    auto decoder = stet::ContentDecoder::make(coding, limits);
    if (!decoder) return;
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        const auto more = decoder->read(bytes.substr(at, piece_bytes));
        if (!more) return;
        all += *more;
    }
    STET_ASSERT(all.size() <= limits.bytes_max);
    const auto whole = stet::decode_content(coding, bytes, limits);
    STET_ASSERT(!whole || *whole == all);
}

}  // namespace

/// The first byte names the coding of the rest.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(data + 1, data + size);
    check_coding(codings[data[0] % codings.size()], bytes);
    check_pieces(codings[data[0] % codings.size()], bytes, 1 + data[0] % 7);
    const auto inflated = stet::zstd_decompress(bytes, limits);
    STET_ASSERT(!inflated || inflated->size() <= limits.bytes_max);
    STET_ASSERT(stet::zstd_decompress(stet::zstd_compress(bytes, 1 + data[0] % 4)).value() == bytes);
    return 0;
}

// Brotli (RFC 7932), by libbrotlidec.
#include "core/bytes/codings.hpp"

#include <brotli/decode.h>
#include <memory>
#include <new>

namespace stet {
namespace {

constexpr std::size_t step_bytes = 64 * 1024;

struct FreeDecoder {
    void operator()(BrotliDecoderState* decoder) const { BrotliDecoderDestroyInstance(decoder); }
};

}  // namespace

Result<DecodedContent> decode_brotli(std::string_view bytes, const InflateLimits& limits) {
    const std::unique_ptr<BrotliDecoderState, FreeDecoder> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!decoder) throw std::bad_alloc();
    DecodedContent decoded;
    auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    while (true) {
        const auto old_size = decoded.bytes.size();
        decoded.bytes.resize(old_size + step_bytes);
        auto* out = reinterpret_cast<std::uint8_t*>(decoded.bytes.data() + old_size);
        std::size_t room = step_bytes;
        const auto result = BrotliDecoderDecompressStream(decoder.get(), &left, &next, &room, &out, nullptr);
        decoded.bytes.resize(old_size + step_bytes - room);
        if (decoded.bytes.size() > limits.bytes_max) return coding_too_large("br", limits);
        if (result == BROTLI_DECODER_RESULT_ERROR) return coding_error("br", "the data is damaged");
        decoded.complete = result == BROTLI_DECODER_RESULT_SUCCESS;
        if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
        if (left != 0) return coding_error("br", "bytes follow its end");
        return decoded;
    }
}

}  // namespace stet

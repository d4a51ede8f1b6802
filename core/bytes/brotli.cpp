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
using Decoder = std::unique_ptr<BrotliDecoderState, FreeDecoder>;

Decoder make_decoder() {
    Decoder decoder(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!decoder) throw std::bad_alloc();
    return decoder;
}

/// Appends to `out`, as far as one step goes; consumes from `bytes`.
BrotliDecoderResult decode_step(BrotliDecoderState* decoder, std::string_view& bytes, std::string& out) {
    auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    const auto old_size = out.size();
    out.resize(old_size + step_bytes);
    auto* to = reinterpret_cast<std::uint8_t*>(out.data() + old_size);
    std::size_t room = step_bytes;
    const auto result = BrotliDecoderDecompressStream(decoder, &left, &next, &room, &to, nullptr);
    out.resize(old_size + step_bytes - room);
    bytes.remove_prefix(bytes.size() - left);
    return result;
}

class BrotliStep final : public DecodingStep {
public:
    explicit BrotliStep(const InflateLimits& limits) : limits_(limits), decoder_(make_decoder()) {}

    Result<void> read(std::string_view bytes, std::string& out) override {
        if (over_ && !bytes.empty()) return coding_error("br", "bytes follow its end");
        while (true) {
            const auto old_size = out.size();
            const auto result = decode_step(decoder_.get(), bytes, out);
            made_ += out.size() - old_size;
            if (made_ > limits_.bytes_max) return coding_too_large("br", limits_);
            if (result == BROTLI_DECODER_RESULT_ERROR) return coding_error("br", "the data is damaged");
            over_ = result == BROTLI_DECODER_RESULT_SUCCESS;
            if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
            if (!bytes.empty()) return coding_error("br", "bytes follow its end");
            return {};
        }
    }

private:
    InflateLimits limits_;
    Decoder decoder_;
    std::uint64_t made_ = 0;
    bool over_ = false;
};

}  // namespace

std::unique_ptr<DecodingStep> brotli_step(const InflateLimits& limits) {
    return std::make_unique<BrotliStep>(limits);
}

Result<DecodedContent> decode_brotli(std::string_view bytes, const InflateLimits& limits) {
    const auto decoder = make_decoder();
    DecodedContent decoded;
    while (true) {
        const auto result = decode_step(decoder.get(), bytes, decoded.bytes);
        if (decoded.bytes.size() > limits.bytes_max) return coding_too_large("br", limits);
        if (result == BROTLI_DECODER_RESULT_ERROR) return coding_error("br", "the data is damaged");
        decoded.complete = result == BROTLI_DECODER_RESULT_SUCCESS;
        if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
        if (!bytes.empty()) return coding_error("br", "bytes follow its end");
        return decoded;
    }
}

}  // namespace stet

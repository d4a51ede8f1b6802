// zstd (RFC 8878), by libzstd.
#include "core/bytes/codings.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

namespace stet {
namespace {

constexpr std::size_t step_bytes = 256 * 1024;
/// A frame's claim is believed (and the room for it taken at once) up to this many times its input.
constexpr std::uint64_t plausible_ratio = 64;
// A window is memory that a frame asks for. Every level writes at most 8 MiB (2^23); `zstd --long`
// and no more than libzstd's own default (2^27) only where results of that size are welcome.
constexpr int window_log_least = 23;
constexpr int window_log_most = 27;

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Context = std::unique_ptr<ZSTD_DCtx, FreeContext>;

Context make_context(const InflateLimits& limits) {
    Context context(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    const auto log =
        std::clamp(static_cast<int>(std::bit_width(limits.bytes_max)), window_log_least, window_log_most);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, log);
    return context;
}

/// Room to make in front of the next frame; an error when it claims more than the limit.
Result<std::size_t> room_for_frame(std::string_view bytes, std::uint64_t done, const InflateLimits& limits) {
    const auto claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed == ZSTD_CONTENTSIZE_ERROR) return step_bytes;
    if (claimed > limits.bytes_max - done) return coding_too_large("zstd", limits);
    const std::uint64_t plausible = std::max<std::uint64_t>(step_bytes, plausible_ratio * bytes.size());
    // One byte at least: a step without any room makes no progress.
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(claimed, 1, plausible));
}

/// One frame from the front of `bytes` onto `out`. True when it is complete.
Result<bool> decode_frame(ZSTD_DCtx* context, std::string_view& bytes, std::string& out,
                          const InflateLimits& limits) {
    const auto first_room = room_for_frame(bytes, out.size(), limits);
    if (!first_room) return first_room.error();
    std::size_t room = *first_room;
    while (true) {
        const auto old_size = out.size();
        out.resize(old_size + room);
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        ZSTD_outBuffer output{out.data() + old_size, room, 0};
        const auto left = ZSTD_decompressStream(context, &output, &input);
        out.resize(old_size + output.pos);
        if (ZSTD_isError(left)) return coding_error("zstd", ZSTD_getErrorName(left));
        bytes.remove_prefix(input.pos);
        if (out.size() > limits.bytes_max) return coding_too_large("zstd", limits);
        if (left == 0) return true;
        if (bytes.empty() && output.pos < output.size) return false;
        room = step_bytes;
    }
}

class ZstdStep final : public DecodingStep {
public:
    explicit ZstdStep(const InflateLimits& limits) : limits_(limits), context_(make_context(limits)) {}

    Result<void> read(std::string_view bytes, std::string& out) override {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        bool full = false;
        while (input.pos < input.size || full) {
            const auto old_size = out.size();
            out.resize(old_size + step_bytes);
            ZSTD_outBuffer output{out.data() + old_size, step_bytes, 0};
            const auto left = ZSTD_decompressStream(context_.get(), &output, &input);
            out.resize(old_size + output.pos);
            if (ZSTD_isError(left)) return coding_error("zstd", ZSTD_getErrorName(left));
            made_ += output.pos;
            if (made_ > limits_.bytes_max) return coding_too_large("zstd", limits_);
            // A full step may have left something behind; after a frame's end there is nothing.
            full = output.pos == output.size && left != 0;
        }
        return {};
    }

private:
    InflateLimits limits_;
    Context context_;
    std::uint64_t made_ = 0;
};

}  // namespace

std::unique_ptr<DecodingStep> zstd_step(const InflateLimits& limits) {
    return std::make_unique<ZstdStep>(limits);
}

Result<DecodedContent> decode_zstd(std::string_view bytes, const InflateLimits& limits) {
    const auto context = make_context(limits);
    DecodedContent decoded;
    while (!bytes.empty() && decoded.complete) {
        const auto complete = decode_frame(context.get(), bytes, decoded.bytes, limits);
        if (!complete) return complete.error();
        decoded.complete = *complete;
    }
    return decoded;
}

struct ZstdCompressor::Memory {
    Memory() : context(ZSTD_createCCtx()) {
        if (context == nullptr) throw std::bad_alloc();
    }
    ~Memory() { ZSTD_freeCCtx(context); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    ZSTD_CCtx* context;
};

ZstdCompressor::ZstdCompressor(int level) : memory_(std::make_unique<Memory>()), level_(level) {
    STET_ASSERT(level >= 1 && level <= 19);
}
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;
ZstdCompressor& ZstdCompressor::operator=(ZstdCompressor&&) noexcept = default;
ZstdCompressor::~ZstdCompressor() = default;

std::string ZstdCompressor::compress(std::string_view bytes) {
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    const auto size =
        ZSTD_compressCCtx(memory_->context, frame.data(), frame.size(), bytes.data(), bytes.size(), level_);
    if (ZSTD_isError(size)) throw std::bad_alloc();  // With enough room, only memory can fail.
    frame.resize(size);
    return frame;
}

std::string zstd_compress(std::string_view bytes, int level) {
    return ZstdCompressor(level).compress(bytes);
}

Result<std::string> zstd_decompress(std::string_view bytes, const InflateLimits& limits) {
    if (bytes.empty()) return coding_error("zstd", "the input is empty: there is no frame");
    auto decoded = decode_zstd(bytes, limits);
    if (!decoded) return decoded.error();
    if (!decoded->complete) return coding_error("zstd", "the input is cut: it ends before its frame does");
    return std::move(decoded->bytes);
}

}  // namespace stet

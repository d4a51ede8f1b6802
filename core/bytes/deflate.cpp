// gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951), by zlib.
#include "core/bytes/codings.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace stet {
namespace {

// What inflateInit2 takes for 32 KiB windows of each wrapper.
constexpr int gzip_wrapper = 15 + 16;
constexpr int zlib_wrapper = 15;
constexpr int no_wrapper = -15;

constexpr std::size_t step_bytes = 64 * 1024;
constexpr std::size_t input_bytes_max = std::size_t{1} << 30;  // zlib counts its input in 32 bits.

class Inflater {
public:
    explicit Inflater(int wrapper) {
        if (inflateInit2(&stream_, wrapper) != Z_OK) throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Appends to `out` what fits into one step; consumes from `bytes`. Returns zlib's code.
    int step(std::string_view& bytes, std::string& out) {
        const auto offered = std::min(bytes.size(), input_bytes_max);
        const auto old_size = out.size();
        out.resize(old_size + step_bytes);
        // zlib does not write to its input; its interface is older than const.
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(offered);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + old_size);
        stream_.avail_out = static_cast<uInt>(step_bytes);
        const int code = inflate(&stream_, Z_NO_FLUSH);
        out.resize(old_size + step_bytes - stream_.avail_out);
        bytes.remove_prefix(offered - stream_.avail_in);
        return code;
    }

private:
    z_stream stream_{};
};

/// One member from the front of `bytes` onto `out`. True when it is complete.
Result<bool> inflate_member(std::string_view coding, int wrapper, std::string_view& bytes, std::string& out,
                            const InflateLimits& limits) {
    Inflater inflater(wrapper);
    while (true) {
        const int code = inflater.step(bytes, out);
        if (code == Z_MEM_ERROR) throw std::bad_alloc();
        if (out.size() > limits.bytes_max) return coding_too_large(coding, limits);
        if (code == Z_STREAM_END) return true;
        if (code == Z_BUF_ERROR && bytes.empty()) return false;
        if (code != Z_OK) return coding_error(coding, "the data is damaged");
    }
}

Result<DecodedContent> inflate_one(int wrapper, std::string_view bytes, const InflateLimits& limits) {
    DecodedContent decoded;
    const auto complete = inflate_member("deflate", wrapper, bytes, decoded.bytes, limits);
    if (!complete) return complete.error();
    decoded.complete = *complete;
    if (!bytes.empty()) return coding_error("deflate", "bytes follow its end");
    return decoded;
}

/// RFC 1950, section 2.2: compression method 8, and a header that 31 divides.
bool has_zlib_header(std::string_view bytes) {
    if (bytes.size() < 2) return false;
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    return (first & 0x0f) == 8 && (first * 256 + second) % 31 == 0;
}

}  // namespace

Result<DecodedContent> decode_gzip(std::string_view bytes, const InflateLimits& limits) {
    DecodedContent decoded;
    while (!bytes.empty() && decoded.complete) {
        const auto complete = inflate_member("gzip", gzip_wrapper, bytes, decoded.bytes, limits);
        if (!complete) return complete.error();
        decoded.complete = *complete;
    }
    return decoded;
}

Result<DecodedContent> decode_deflate(std::string_view bytes, const InflateLimits& limits) {
    // "deflate" means zlib's wrapper (RFC 9110, 8.4.1.2), but some servers send it without.
    if (has_zlib_header(bytes)) {
        auto decoded = inflate_one(zlib_wrapper, bytes, limits);
        if (decoded) return decoded;
    }
    return inflate_one(no_wrapper, bytes, limits);
}

}  // namespace stet

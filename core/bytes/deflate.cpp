// gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951), by zlib.
#include "core/bytes/codings.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <optional>

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

/// gzip (member after member), or deflate with or without its wrapper.
class InflatingStep final : public DecodingStep {
public:
    InflatingStep(bool is_gzip, const InflateLimits& limits) : is_gzip_(is_gzip), limits_(limits) {}

    Result<void> read(std::string_view bytes, std::string& out) override {
        // What "deflate" means is told by its first two bytes.
        if (!inflater_ && !is_gzip_ && !over_) {
            front_.append(bytes);
            if (front_.size() < 2) return {};
            inflater_.emplace(has_zlib_header(front_) ? zlib_wrapper : no_wrapper);
            bytes = front_;
        }
        while (!bytes.empty()) {
            if (!inflater_ && over_ && !is_gzip_) return coding_error(name(), "bytes follow its end");
            if (!inflater_) inflater_.emplace(gzip_wrapper);
            if (auto read = inflate(bytes, out); !read) return read.error();
        }
        return {};
    }

private:
    std::string_view name() const { return is_gzip_ ? "gzip" : "deflate"; }

    Result<void> inflate(std::string_view& bytes, std::string& out) {
        while (true) {
            const auto old_size = out.size();
            const int code = inflater_->step(bytes, out);
            if (code == Z_MEM_ERROR) throw std::bad_alloc();
            made_ += out.size() - old_size;
            if (made_ > limits_.bytes_max) return coding_too_large(name(), limits_);
            if (code == Z_STREAM_END) {
                inflater_.reset();
                over_ = true;
                return {};
            }
            // Nothing went in and nothing came out: all that these bytes say has been said.
            if (code == Z_BUF_ERROR && bytes.empty()) return {};
            if (code != Z_OK) return coding_error(name(), "the data is damaged");
        }
    }

    bool is_gzip_;
    InflateLimits limits_;
    std::string front_;
    std::optional<Inflater> inflater_;
    std::uint64_t made_ = 0;
    bool over_ = false;  ///< A member has ended.
};

}  // namespace

std::unique_ptr<DecodingStep> gzip_step(const InflateLimits& limits) {
    return std::make_unique<InflatingStep>(true, limits);
}

std::unique_ptr<DecodingStep> deflate_step(const InflateLimits& limits) {
    return std::make_unique<InflatingStep>(false, limits);
}

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

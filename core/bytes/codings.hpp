#pragma once

#include <stet/bytes.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace stet {

/// Undoes one coding of bytes that come in pieces.
class DecodingStep {
public:
    virtual ~DecodingStep() = default;
    /// Appends to `out` what these bytes add.
    virtual Result<void> read(std::string_view bytes, std::string& out) = 0;
};

std::unique_ptr<DecodingStep> gzip_step(const InflateLimits& limits);
std::unique_ptr<DecodingStep> deflate_step(const InflateLimits& limits);
std::unique_ptr<DecodingStep> zstd_step(const InflateLimits& limits);
std::unique_ptr<DecodingStep> brotli_step(const InflateLimits& limits);

// One function per coding. Each gives what it could decode of input that was cut.

Result<DecodedContent> decode_gzip(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_deflate(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_zstd(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_brotli(std::string_view bytes, const InflateLimits& limits);

/// "decode gzip: …"
Error coding_error(std::string_view coding, std::string_view happened);
Error coding_too_large(std::string_view coding, const InflateLimits& limits);

}  // namespace stet

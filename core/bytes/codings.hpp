#pragma once

#include <stet/bytes.hpp>

#include <string>
#include <string_view>

namespace stet {

// One function per coding. Each gives what it could decode of input that was cut.

Result<DecodedContent> decode_gzip(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_deflate(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_zstd(std::string_view bytes, const InflateLimits& limits);
Result<DecodedContent> decode_brotli(std::string_view bytes, const InflateLimits& limits);

/// "decode gzip: …"
Error coding_error(std::string_view coding, std::string_view happened);
Error coding_too_large(std::string_view coding, const InflateLimits& limits);

}  // namespace stet

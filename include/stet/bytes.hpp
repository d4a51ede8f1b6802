#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <stet/result.hpp>

namespace stet {

// Content codings, undone under limits: what comes off the wire or out of a stranger's log may be a
// bomb. Pure; never throws on input.

struct InflateLimits {
    std::uint64_t bytes_max = 256u << 20;  ///< Of the result.
};

/// Undoes an HTTP content coding: "gzip", "deflate", "zstd", "br", "" or "identity". Several, in
/// the order in which they were applied, are separated by commas.
[[nodiscard]] Result<std::string> decode_content(std::string_view coding, std::string_view bytes,
                                                 const InflateLimits& limits = {});

/// zstd (RFC 8878) at a level of 1…19; the frame states its content size.
[[nodiscard]] std::string zstd_compress(std::string_view bytes, int level);
/// One or more whole frames; `bytes_max` also bounds what a frame claims.
[[nodiscard]] Result<std::string> zstd_decompress(std::string_view bytes, const InflateLimits& limits = {});

}  // namespace stet

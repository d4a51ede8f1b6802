#pragma once

#include <stet/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// Content codings, undone under limits: what comes off the wire or out of a stranger's log may be a
// bomb. Pure; never throws on input.

struct InflateLimits {
    std::uint64_t bytes_max = 256u << 20;  ///< Of the result, and of every step on the way to it.
};

/// Undoes an HTTP content coding: "gzip", "deflate" (with or without its zlib wrapper), "zstd", "br",
/// "" or "identity". Several, in the order in which they were applied, are separated by commas (at
/// most 4). No bytes are no bytes in every coding. Input that is cut, damaged or followed by more
/// bytes is an error, and so is a result larger than the limit.
[[nodiscard]] Result<std::string> decode_content(std::string_view coding, std::string_view bytes,
                                                 const InflateLimits& limits = {});

struct DecodedContent {
    std::string bytes;
    bool complete = true;  ///< False when the input was cut: these are the bytes up to there.
};

/// The same, for input that may have been cut: that gives what can be decoded of it.
[[nodiscard]] Result<DecodedContent> decode_cut_content(std::string_view coding, std::string_view bytes,
                                                        const InflateLimits& limits = {});

class DecodingStep;

/// The same for bytes that come in pieces: each piece gives at once all that can be known from the
/// bytes so far, so that who reads along is never behind. Thread: one.
class ContentDecoder {
public:
    /// An error for a coding that is not known, and for more than 4. The limits are those of the whole.
    [[nodiscard]] static Result<ContentDecoder> make(std::string_view coding,
                                                     const InflateLimits& limits = {});
    ContentDecoder(ContentDecoder&&) noexcept;
    ContentDecoder& operator=(ContentDecoder&&) noexcept;
    ~ContentDecoder();

    /// What these bytes add. After an error the decoder is dead.
    [[nodiscard]] Result<std::string> read(std::string_view bytes);

private:
    ContentDecoder();
    std::vector<std::unique_ptr<DecodingStep>> steps_;  // In the order of undoing.
};

/// zstd (RFC 8878) at a level of 1…19; the frame states its content size.
[[nodiscard]] std::string zstd_compress(std::string_view bytes, int level);

/// The same for many in a row, with memory that it keeps: making that costs more than compressing a small
/// payload. Thread: one at a time.
class ZstdCompressor {
public:
    explicit ZstdCompressor(int level);
    ZstdCompressor(ZstdCompressor&&) noexcept;
    ZstdCompressor& operator=(ZstdCompressor&&) noexcept;
    ~ZstdCompressor();

    std::string compress(std::string_view bytes);

private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
    int level_;
};

/// One or more whole frames; `bytes_max` also bounds what a frame claims.
[[nodiscard]] Result<std::string> zstd_decompress(std::string_view bytes, const InflateLimits& limits = {});

}  // namespace stet

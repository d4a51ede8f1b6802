#pragma once

#include "workspace/descriptor.hpp"

#include <stet/digest.hpp>
#include <stet/redaction.hpp>

#include <cstdint>
#include <string>

namespace stet::workspace {

/// What a file held, after the redactor.
struct Content {
    Digest digest;
    std::uint64_t size = 0;
    std::string bytes;       ///< Empty when `absent`.
    bool redacted = false;   ///< A secret was taken out.
    bool absent = false;     ///< Not kept: too large, or not readable.
    bool moved = false;      ///< The file was written, or replaced, while it was read.
    int error = 0;           ///< An errno: it could not be read. ENOENT: it is gone.
    bool too_large = false;  ///< Larger than `digested_bytes_max`: not even digested.
};

/// A file larger than this is not read at all: a sparse file of a terabyte must not stop a recording.
constexpr std::uint64_t digested_bytes_max = std::uint64_t{4} << 30;

/// Reads `name` beneath `directory`, as long as it is still the file of `facts`.
Content read_content(int directory, const char* name, const Facts& facts, std::uint64_t content_bytes_max,
                     const Redactor& redactor);

/// The SHA-256 of a file's bytes; an errno in `error` (0: none).
Digest digest_file(int descriptor, int& error);

}  // namespace stet::workspace

#pragma once

#include "storage/database.hpp"
#include "storage/hashing.hpp"

#include <stet/bytes.hpp>
#include <stet/redaction.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace stet {

inline constexpr std::uint64_t payload_bytes_max = 1u << 30;     ///< Of one payload, uncompressed.
inline constexpr std::size_t payload_compressed_bytes_min = 64;  ///< Smaller ones are kept raw.

/// A payload as an event knows it: what it is called, and how it enters the chain.
struct KnownPayload {
    std::int64_t id = 0;
    Payload payload;  ///< Without a digest when it was erased.
    Digest commitment;
};

/// Payloads on their way in: the same bytes are stored once per log, whoever cites them.
///
/// Thread: the database's. Call inside a transaction. `database` must outlive the store.
class PayloadStore {
public:
    PayloadStore(Database& database, int zstd_level);

    void put(const RedactedBytes& bytes);
    /// A payload that was put. STET_ASSERTs that it was. One without a digest (its bytes were erased
    /// where it came from) gets a row without bytes.
    const KnownPayload& cite(const Payload& payload);

private:
    const KnownPayload& remember(const Payload& payload, const Digest& commitment, std::int64_t id);

    Statement insert_;
    ZstdCompressor compressor_;
    Salts salts_;
    std::map<Payload, KnownPayload> known_;
    std::int64_t next_id_ = 1;
};

/// Payloads on their way out, checked against everything that is known of them.
///
/// Thread: the database's. `database` must outlive the reader.
class PayloadReader {
public:
    explicit PayloadReader(Database& database);

    /// What an event needs; empty when there is no such row, or not a proper one.
    std::optional<KnownPayload> known(std::int64_t id);
    /// An error when it was erased or is not there. Throws Trouble when it was altered.
    Result<std::string> bytes(const Digest& digest);
    /// Does the row verify? Erased rows do; those that lack only a part do not.
    Result<void> check(std::int64_t id);

private:
    Database& database_;
    Statement facts_, by_digest_, by_id_;
};

}  // namespace stet

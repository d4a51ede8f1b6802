#include "storage/payloads.hpp"

#include <stet/bytes.hpp>
#include <stet/event_codec.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::int64_t codec_raw = 0;
constexpr std::int64_t codec_zstd = 1;

// Columns of the statements that read whole rows.
enum Column { column_digest, column_size, column_codec, column_data, column_salt, column_commitment };
constexpr std::string_view row_columns = "digest, size, codec, data, salt, commitment";

constexpr std::string_view see_fsck = "the log is damaged: `stet fsck` says what else is wrong";

Error bad(std::string_view name, std::string_view what) {
    return {fmt::format("payload {}: {}", name, what), std::string(see_fsck)};
}

// Erasing sets all of it to NULL, at once; a row that lacks only a part was altered.
bool is_erased(const Statement& row) {
    return row.is_null(column_data) && row.is_null(column_digest) && row.is_null(column_salt);
}

Result<std::string> unpack(const Statement& row, std::string_view name) {
    const auto size = static_cast<std::uint64_t>(row.integer(column_size));
    if (size > payload_bytes_max)
        return bad(name, fmt::format("claims {} bytes, the limit is {}", size, payload_bytes_max));
    if (row.integer(column_codec) == codec_raw) {
        if (row.blob(column_data).size() == size) return std::string(row.blob(column_data));
        return bad(name, "is not as long as its row says");
    }
    if (row.integer(column_codec) != codec_zstd) return bad(name, "has a codec that this stet does not know");
    auto bytes = zstd_decompress(row.blob(column_data), {.bytes_max = size});
    if (!bytes) return bad(name, bytes.error().what);
    if (bytes->size() != size) return bad(name, "is not as long as its row says");
    return bytes;
}

// The bytes of a row, after everything about it was found to agree.
Result<std::string> verified(const Statement& row, std::string_view name) {
    const auto digest = digest_from(row.blob(column_digest));
    if (!digest || !row.is_blob(column_data) || row.blob(column_salt).size() != salt_bytes) {
        return bad(name, "was altered: its row is damaged");
    }
    auto bytes = unpack(row, name);
    if (!bytes) return bytes;
    if (sha256(*bytes) != *digest) return bad(name, "was altered: it does not hash to its digest");
    if (bytes_of(commitment(row.blob(column_salt), *bytes)) != row.blob(column_commitment)) {
        return bad(name, "was altered: it does not match its commitment");
    }
    return bytes;
}

}  // namespace

PayloadStore::PayloadStore(Database& database, int zstd_level)
    : insert_(database, "INSERT INTO payload VALUES(?, ?, ?, ?, ?, ?, ?)"), compressor_(zstd_level) {
    Statement last(database, "SELECT max(id) FROM payload");
    if (last.step()) next_id_ = last.integer(0) + 1;
}

const KnownPayload& PayloadStore::remember(const Payload& payload, const Digest& commitment,
                                           std::int64_t id) {
    return known_.emplace(payload, KnownPayload{id, payload, commitment}).first->second;
}

void PayloadStore::put(const RedactedBytes& bytes) {
    const Payload payload = bytes.payload();
    if (known_.contains(payload)) return;
    const std::string salt = salts_.next();
    const Digest committed = commitment(salt, bytes.bytes());
    std::string packed;
    if (payload.size >= payload_compressed_bytes_min) packed = compressor_.compress(bytes.bytes());
    const bool smaller = !packed.empty() && packed.size() < bytes.bytes().size();
    insert_.run(next_id_, Blob{bytes_of(payload.digest)}, payload.size, smaller ? codec_zstd : codec_raw,
                Blob{smaller ? packed : bytes.bytes()}, Blob{salt}, Blob{bytes_of(committed)});
    remember(payload, committed, next_id_++);
}

const KnownPayload& PayloadStore::cite(const Payload& payload) {
    const auto found = known_.find(payload);
    if (found != known_.end()) return found->second;
    // Whoever cites bytes hands them over first: anything else would be a hole in the log.
    STET_ASSERT(!payload.digest);
    const Digest committed = commitment(salts_.next(), {});
    insert_.run(next_id_, nullptr, payload.size, codec_raw, nullptr, nullptr, Blob{bytes_of(committed)});
    return remember(payload, committed, next_id_++);
}

PayloadReader::PayloadReader(Database& database)
    : database_(database),
      facts_(database,
             "SELECT digest, size, commitment, data IS NULL, salt IS NULL FROM payload WHERE id = ?"),
      by_digest_(database, fmt::format("SELECT {} FROM payload WHERE digest = ?", row_columns)),
      by_id_(database, fmt::format("SELECT {} FROM payload WHERE id = ?", row_columns)) {}

std::optional<KnownPayload> PayloadReader::known(std::int64_t id) {
    if (!facts_.with(id).step()) return std::nullopt;
    const auto digest = digest_from(facts_.blob(0));
    const auto committed = digest_from(facts_.blob(2));
    const bool erased = facts_.is_null(0);
    const bool all_or_nothing = (facts_.integer(3) != 0) == erased && (facts_.integer(4) != 0) == erased;
    const bool proper = committed && (digest || erased) && all_or_nothing && facts_.integer(1) >= 0;
    KnownPayload known{id,
                       {digest.value_or(Digest{}), static_cast<std::uint64_t>(facts_.integer(1))},
                       committed.value_or(Digest{})};
    facts_.reset();
    if (!proper) return std::nullopt;
    return known;
}

Result<std::string> PayloadReader::bytes(const Digest& digest) {
    if (!digest) return Error{"payload: was erased (it has no digest any more)", ""};
    const std::string name = to_string(digest);
    if (!by_digest_.with(Blob{bytes_of(digest)}).step())
        return Error{fmt::format("payload {}: is not in the log", name), ""};
    auto bytes = verified(by_digest_, name);
    by_digest_.reset();
    if (!bytes) throw Trouble("read log", database_.path().string(), bytes.error().what, bytes.error().hint);
    return bytes;
}

Result<void> PayloadReader::check(std::int64_t id) {
    const std::string name = std::to_string(id);
    if (!by_id_.with(id).step()) return bad(name, "is not in the log");
    const bool committed = by_id_.blob(column_commitment).size() == Digest{}.bytes.size();
    Result<std::string> bytes =
        is_erased(by_id_) ? Result<std::string>(std::string()) : verified(by_id_, name);
    by_id_.reset();
    if (!bytes) return bytes.error();
    if (!committed) return bad(name, "was altered: its row is damaged");
    return {};
}

}  // namespace stet

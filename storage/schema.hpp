#pragma once

#include "storage/database.hpp"
#include "storage/log_file.hpp"

#include <cstdint>

namespace stet {

// The form of a log; docs/file-format.md is normative and says what each column means.

inline constexpr std::uint32_t log_application_id = 0x73746574;  ///< "stet"
inline constexpr std::uint32_t log_version = 1;                  ///< SQLite's user_version.
inline constexpr int page_bytes = 4096;
inline constexpr int page_reserved_bytes = 8;  ///< For page checksums.

/// Throws Trouble unless the header is that of a log that this program can read.
void check_header(const LogFile& file, const std::filesystem::path& path, std::string_view operation);

/// Throws Trouble unless every object in the file is exactly the one that stands in this version.
void check_schema(Database& database);

/// Makes a log out of an empty file. Syncs nothing: the change to WAL mode, which follows, does.
void create_schema(Database& database);

}  // namespace stet

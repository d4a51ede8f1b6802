#pragma once

#include "storage/database.hpp"

#include <stet/door/storage.hpp>

#include <vector>

namespace stet {

inline constexpr std::size_t flaws_max = 100;  ///< More tell nothing new.

/// Log::fsck. What SQLite itself refuses to read is a flaw, too.
std::vector<Flaw> examine(Database& database, bool writer_alive);

}  // namespace stet

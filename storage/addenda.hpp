#pragma once

#include "storage/database.hpp"
#include "storage/hashing.hpp"

#include <stet/trajectory.hpp>

#include <vector>

namespace stet {

struct Addenda {
    std::vector<Addendum> all;
    Digest value;  ///< Of the last one, or the root.
};

/// Verified from the root on; an Error names the first that does not verify.
[[nodiscard]] Result<Addenda> read_addenda(Database& database, std::int64_t trajectory, const Digest& root);

/// Call inside a transaction. Returns the addendum's number.
std::uint32_t append_addendum(Database& database, std::int64_t trajectory, const Addenda& before,
                              Addendum addendum);

/// An Error when this cannot be the kind or the body of an addendum.
[[nodiscard]] Result<void> check_addendum(std::string_view kind, std::string_view body);

}  // namespace stet

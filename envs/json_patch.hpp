#pragma once

#include "envs/row_store.hpp"

#include <string>

namespace stet::envs {

/// The changes of a call as a JSON Patch (RFC 6902): `/TABLE/KEY/member/…`, rows in the order in which they
/// were first touched, members in their order; of arrays the places that both have are compared one by one.
/// "[]" when nothing changed.
std::string json_patch(const std::vector<TableSpec>& tables, const std::vector<RowChange>& changes);

}  // namespace stet::envs

#pragma once

#include "envs/row_store.hpp"
#include "envs/sql_host.hpp"
#include "envs/world_spec.hpp"

#include <stet/result.hpp>

#include <vector>

namespace stet::envs {

/// The tables of a world. A CSV file's first line names the columns, unless the declaration does. An error
/// says file and what is wrong.
[[nodiscard]] Result<std::vector<TableSpec>> tables_of(const WorldSpec& spec);

/// Puts what the files hold into the tables, which are empty: JSON objects by key into collections, the rows
/// of CSV files into tables, in their order.
[[nodiscard]] Result<void> fill_state(const WorldSpec& spec, RowStore& store);

/// Then the tables whose rows a query gives, in order.
[[nodiscard]] Result<void> compute_tables(const WorldSpec& spec, SqlHost& host);

}  // namespace stet::envs

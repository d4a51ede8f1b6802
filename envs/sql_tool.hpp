#pragma once

#include "envs/provider.hpp"
#include "envs/sql_host.hpp"
#include "envs/sql_spec.hpp"

#include <stet/result.hpp>

#include <memory>
#include <string>

namespace stet::envs {

/// A tool of statements. In order: the arguments are bound, what is let is computed, the first requirement
/// that does not hold answers, the statements run, the result is read. `clock` is bound as `:now`. The host
/// must outlive it. An error, when a statement is wrong, says file, line, tool and which one.
[[nodiscard]] Result<std::unique_ptr<Provider>> make_sql_tool(SqlHost& host, const SqlToolSpec& spec,
                                                              const std::string& clock);

}  // namespace stet::envs

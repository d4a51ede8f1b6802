#pragma once

#include "envs/sql_spec.hpp"
#include "envs/statement.hpp"
#include "envs/value.hpp"

#include <stet/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace stet::envs {

/// How the rows of a query become a value.
class SqlResult {
public:
    /// An error says which column is too many, or not there.
    [[nodiscard]] static Result<SqlResult> make(const SqlToolSpec& spec, const Statement& query);

    /// Runs the query, which has its bindings. Absent when there are no rows. An error is SQLite's.
    [[nodiscard]] Result<std::optional<Value>> read(Statement& query) const;
    /// What stands for no rows, where the tool has no text for it.
    Value empty() const;

private:
    Value cell(const Statement& query, std::size_t column) const;
    Value row(const Statement& query) const;

    SqlToolSpec::Shape shape_ = SqlToolSpec::Shape::value;
    std::vector<std::string> names_;
    std::vector<std::optional<SqlToolSpec::Type>> types_;
};

}  // namespace stet::envs

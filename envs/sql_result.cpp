#include "envs/sql_result.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stet::envs {
namespace {

using Shape = SqlToolSpec::Shape;
using Type = SqlToolSpec::Type;

/// Numbers by their value, texts by what they say.
Value truth(const Value& cell) {
    if (cell.is_null()) return cell;
    if (const auto* integer = cell.integer()) return *integer != 0;
    if (const auto* real = cell.real()) return *real != 0;
    const auto& text = *cell.text();
    return !(text.empty() || text == "0" || text == "false" || text == "False");
}

/// A text that is no JSON stays a text.
Value nested(const Value& cell) {
    if (cell.text() == nullptr) return cell;
    auto value = parse_value(*cell.text());
    return value ? *std::move(value) : cell;
}

/// The last of those with one key counts. As long as keys ascend, nobody has to look for it.
void put_member(Container& object, bool& ascending, std::string key, Value value) {
    ascending = ascending && (object.keys.empty() || object.keys.back() < key);
    if (!ascending) return object.set(key, std::move(value));
    object.keys.push_back(std::move(key));
    object.items.push_back(std::move(value));
}

std::string key_of(const Value& cell) {
    return cell.text() != nullptr ? *cell.text() : python_json(cell);
}

}  // namespace

Result<SqlResult> SqlResult::make(const SqlToolSpec& spec, const Statement& query) {
    SqlResult made;
    made.shape_ = spec.shape;
    for (int i = 0; i < query.columns(); ++i)
        made.names_.emplace_back(query.column_name(i));
    const auto columns = fmt::format("columns: {}", fmt::join(made.names_, ", "));
    const bool one = spec.shape == Shape::value || spec.shape == Shape::list;
    if (made.names_.empty())
        return Error{"it gives no rows", "a statement that writes gives rows by RETURNING"};
    if (one && made.names_.size() != 1) return Error{"it is to give one column", columns};
    if (spec.shape == Shape::map && made.names_.size() != 2)
        return Error{"it is to give two columns, keys and values", columns};
    made.types_.resize(made.names_.size());
    for (const auto& [column, type] : spec.types) {
        const auto known = std::ranges::find(made.names_, column);
        if (known == made.names_.end())
            return Error{fmt::format("types: it gives no column {}", column), columns};
        made.types_[static_cast<std::size_t>(known - made.names_.begin())] = type;
    }
    auto distinct = made.names_;
    std::ranges::sort(distinct);
    const auto twice = std::ranges::adjacent_find(distinct);
    if (!one && twice != distinct.end())
        return Error{fmt::format("the column {} stands twice", *twice), "rename one: AS NAME"};
    return made;
}

Value SqlResult::cell(const Statement& query, std::size_t column) const {
    auto value = query.column(static_cast<int>(column));
    const auto type = types_[column];
    return !type ? value : *type == Type::boolean ? truth(value) : nested(value);
}

Value SqlResult::row(const Statement& query) const {
    auto made = std::make_shared<Container>(Container{.is_object = true, .keys = names_});
    made->items.reserve(names_.size());
    for (std::size_t column = 0; column < names_.size(); ++column)
        made->items.push_back(cell(query, column));
    return made;
}

Result<std::optional<Value>> SqlResult::read(Statement& query) const {
    auto many = std::make_shared<Container>(Container{.is_object = shape_ == Shape::map});
    bool ascending = true;
    for (;;) {
        const auto more = query.step();
        if (!more) return more.error();
        if (!*more) break;
        if (shape_ == Shape::map)
            put_member(*many, ascending, key_of(query.column(0)), cell(query, 1));
        else
            many->items.push_back(shape_ == Shape::value || shape_ == Shape::list ? cell(query, 0)
                                                                                  : row(query));
        if (shape_ == Shape::value || shape_ == Shape::row) break;
    }
    query.reset();
    if (many->size() == 0) return std::optional<Value>();
    if (shape_ == Shape::value || shape_ == Shape::row) return std::optional(std::move(many->items.front()));
    return std::optional<Value>(std::move(many));
}

Value SqlResult::empty() const {
    if (shape_ == Shape::map) return make_object();
    return shape_ == Shape::value || shape_ == Shape::row ? Value() : make_array();
}

}  // namespace stet::envs

#pragma once

#include <stet/json.hpp>
#include <stet/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace stet::envs {

struct Container;
using ContainerPtr = std::shared_ptr<Container>;

/// A JSON value that a world's tools work on. Objects keep their order; integers and floats are apart; arrays
/// and objects are shared by reference, as in the languages that such tools are written in, until they become
/// part of a row. One thread at a time.
class Value {
public:
    Value() = default;  ///< null
    Value(bool boolean) : held_(boolean) {}
    Value(std::int64_t integer) : held_(integer) {}
    Value(double real) : held_(real) {}
    Value(std::string text) : held_(std::move(text)) {}
    Value(std::string_view text) : held_(std::string(text)) {}
    Value(const char* text) : held_(std::string(text)) {}
    Value(ContainerPtr container) : held_(std::move(container)) {}

    bool is_null() const { return std::holds_alternative<std::monostate>(held_); }
    const bool* boolean() const { return std::get_if<bool>(&held_); }
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&held_); }
    const double* real() const { return std::get_if<double>(&held_); }
    const std::string* text() const { return std::get_if<std::string>(&held_); }
    /// Null when it is neither an array nor an object.
    Container* container() const;
    ContainerPtr shared() const;
    const Container* array() const;
    const Container* object() const;

    /// Equal as JSON, but that 1 and 1.0 differ, and the order of members does not matter.
    friend bool operator==(const Value& a, const Value& b);

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, ContainerPtr> held_;
};

Value make_array(std::vector<Value> items = {});
Value make_object(std::vector<std::pair<std::string, Value>> members = {});

/// What an array or an object holds. `keys` runs beside `items` in an object and is empty in an array.
struct Container {
    bool is_object = false;
    std::uint32_t row = 0;  ///< The row that it is a part of; 0 for none.
    std::vector<std::string> keys;
    std::vector<Value> items;

    std::size_t size() const { return items.size(); }
    /// The index of a member; `size()` when there is none.
    std::size_t find(std::string_view key) const;
    const Value* get(std::string_view key) const;
    /// Puts a new member at the end; a known one keeps its place.
    void set(std::string_view key, Value value);
    bool erase(std::string_view key);
};

/// All of it anew: nothing is shared with the original, no part belongs to a row.
Value deep_copy(const Value& value);

/// An error when a number is too large for what a tool could compute with, or a key stands twice.
[[nodiscard]] Result<Value> to_value(const JsonValue& json);
[[nodiscard]] Result<Value> parse_value(std::string_view json);

}  // namespace stet::envs

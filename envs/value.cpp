#include "envs/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stet::envs {
namespace {

bool same_members(const Container& a, const Container& b) {
    for (std::size_t i = 0; i < a.keys.size(); ++i) {
        const auto* other = b.get(a.keys[i]);
        if (other == nullptr || !(a.items[i] == *other)) return false;
    }
    return true;
}

bool same(const Container& a, const Container& b) {
    if (&a == &b) return true;
    if (a.is_object != b.is_object || a.size() != b.size()) return false;
    return a.is_object ? same_members(a, b) : a.items == b.items;
}

Result<Value> number_of(const JsonValue& json) {
    const auto raw = json.raw();
    if (raw.find_first_of(".eE") == std::string_view::npos) {
        if (const auto integer = json.integer()) return Value(*integer);
        return Error{fmt::format("{} is more than 64 bits hold", raw), "write it as a string"};
    }
    const auto real = json.number();
    if (!real || !std::isfinite(*real))
        return Error{fmt::format("{} is no number that a double holds", raw), ""};
    return Value(*real);
}

Result<Value> object_of(const JsonValue& json) {
    auto made = std::make_shared<Container>(Container{.is_object = true});
    for (const auto& [key, member] : json.members()) {
        if (made->find(key) != made->size()) return Error{fmt::format("the key '{}' stands twice", key), ""};
        auto value = to_value(member);
        if (!value) return value;
        made->keys.push_back(key);
        made->items.push_back(*std::move(value));
    }
    return Value(std::move(made));
}

Result<Value> array_of(const JsonValue& json) {
    auto made = std::make_shared<Container>();
    for (const auto& element : json.elements()) {
        auto value = to_value(element);
        if (!value) return value;
        made->items.push_back(*std::move(value));
    }
    return Value(std::move(made));
}

}  // namespace

Container* Value::container() const {
    const auto* held = std::get_if<ContainerPtr>(&held_);
    return held == nullptr ? nullptr : held->get();
}

ContainerPtr Value::shared() const {
    const auto* held = std::get_if<ContainerPtr>(&held_);
    return held == nullptr ? nullptr : *held;
}

const Container* Value::array() const {
    const auto* held = container();
    return held != nullptr && !held->is_object ? held : nullptr;
}

const Container* Value::object() const {
    const auto* held = container();
    return held != nullptr && held->is_object ? held : nullptr;
}

bool operator==(const Value& a, const Value& b) {
    if (a.held_.index() != b.held_.index()) return false;
    if (const auto* one = a.container()) return same(*one, *b.container());
    return a.held_ == b.held_;
}

Value make_array(std::vector<Value> items) {
    return std::make_shared<Container>(Container{.items = std::move(items)});
}

Value make_object(std::vector<std::pair<std::string, Value>> members) {
    auto made = std::make_shared<Container>(Container{.is_object = true});
    for (auto& [key, value] : members)
        made->set(key, std::move(value));
    return made;
}

std::size_t Container::find(std::string_view key) const {
    return static_cast<std::size_t>(std::ranges::find(keys, key) - keys.begin());
}

const Value* Container::get(std::string_view key) const {
    const auto at = find(key);
    return at < keys.size() ? &items[at] : nullptr;
}

void Container::set(std::string_view key, Value value) {
    const auto at = find(key);
    if (at < keys.size()) {
        items[at] = std::move(value);
        return;
    }
    keys.emplace_back(key);
    items.push_back(std::move(value));
}

bool Container::erase(std::string_view key) {
    const auto at = find(key);
    if (at >= keys.size()) return false;
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(at));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
}

Value deep_copy(const Value& value) {
    const auto* from = value.container();
    if (from == nullptr) return value;
    auto made = std::make_shared<Container>(Container{.is_object = from->is_object, .keys = from->keys});
    made->items.reserve(from->items.size());
    for (const auto& item : from->items)
        made->items.push_back(deep_copy(item));
    return made;
}

Result<Value> to_value(const JsonValue& json) {
    switch (json.kind()) {
        case JsonKind::null:
            return Value();
        case JsonKind::boolean:
            return Value(json.boolean().value_or(false));
        case JsonKind::number:
            return number_of(json);
        case JsonKind::string:
            return Value(json.text());
        case JsonKind::array:
            return array_of(json);
        case JsonKind::object:
            return object_of(json);
    }
    return Value();
}

Result<Value> parse_value(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return document.error();
    return to_value(document->root());
}

}  // namespace stet::envs

#include "replay/answers.hpp"

#include "replay/findings.hpp"

#include <stet/json.hpp>

#include <algorithm>

namespace stet {
namespace {

std::string pointer_token(std::string_view key) {
    std::string token = "/";
    for (const char letter : key) {
        if (letter == '~') {
            token += "~0";
        } else if (letter == '/') {
            token += "~1";
        } else {
            token += letter;
        }
    }
    return token;
}

std::size_t first_other_byte(std::string_view left, std::string_view right) {
    const auto [at, end] = std::ranges::mismatch(left, right);
    return static_cast<std::size_t>(at - left.begin());
}

Difference whole(std::string where, std::string_view recorded, std::string_view live) {
    const auto at = first_other_byte(recorded, live);
    return {std::move(where), short_form(recorded, at), short_form(live, at)};
}

bool same_value(const JsonValue& left, const JsonValue& right) {
    const auto first = canonical_json(left), second = canonical_json(right);
    return first && second ? *first == *second : left.raw() == right.raw();
}

Difference descend(std::string where, const JsonValue& recorded, const JsonValue& live);

Difference in_objects(std::string where, const JsonValue& recorded, const JsonValue& live) {
    for (const auto& [key, value] : recorded.members()) {
        const auto other = live[key];
        if (!other) return {where + pointer_token(key), short_form(value.raw()), ""};
        if (!same_value(value, other)) return descend(where + pointer_token(key), value, other);
    }
    for (const auto& [key, value] : live.members()) {
        if (!recorded[key]) return {where + pointer_token(key), "", short_form(value.raw())};
    }
    return whole(std::move(where), recorded.raw(), live.raw());
}

Difference in_arrays(std::string where, const JsonValue& recorded, const JsonValue& live) {
    const auto left = recorded.elements(), right = live.elements();
    for (std::size_t at = 0; at < std::max(left.size(), right.size()); ++at) {
        const auto inner = where + pointer_token(std::to_string(at));
        if (at >= left.size()) return {inner, "", short_form(right[at].raw())};
        if (at >= right.size()) return {inner, short_form(left[at].raw()), ""};
        if (!same_value(left[at], right[at])) return descend(inner, left[at], right[at]);
    }
    return whole(std::move(where), recorded.raw(), live.raw());
}

Difference descend(std::string where, const JsonValue& recorded, const JsonValue& live) {
    if (recorded.is(JsonKind::object) && live.is(JsonKind::object))
        return in_objects(std::move(where), recorded, live);
    if (recorded.is(JsonKind::array) && live.is(JsonKind::array))
        return in_arrays(std::move(where), recorded, live);
    return whole(std::move(where), recorded.raw(), live.raw());
}

}  // namespace

Level compare_answers(std::string_view recorded, const WorldAnswer& live, const WorldCall& call,
                      const Environment& world) {
    if (live.status == ToolStatus::unanswered) return Level::none;
    if (recorded == live.content) return Level::bytes;
    const auto left = canonical_json(recorded), right = canonical_json(live.content);
    if (left && right && *left == *right) return Level::value;
    if (live.volatile_values && world.normalise(call, recorded) == world.normalise(call, live.content)) {
        return Level::normalised;
    }
    return Level::none;
}

Difference first_difference(std::string_view recorded, std::string_view live) {
    const auto left = JsonDocument::parse(recorded), right = JsonDocument::parse(live);
    if (!left || !right) return whole("", recorded, live);
    return descend("", left->root(), right->root());
}

}  // namespace stet

#pragma once

#include "core/event_fields.hpp"

#include <stet/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stet {

/// Reads what EventWriter wrote. Members that it does not know are passed over, optional ones may be
/// missing; everything else that is not as described makes `read` return false, and `problem()` says
/// where: `member "usage.input" is not an integer in range`.
class EventReader {
public:
    /// `table`: payloads stand as their index in it; empty: as {"digest":…,"size":…}.
    explicit EventReader(std::optional<std::span<const Payload>> table) : table_(table) {}

    std::string problem() const {
        if (where_.empty()) return "the value is " + expected_;
        return "member \"" + where_ + "\" is " + expected_;
    }

    template <Described T>
    bool read(const JsonValue& json, T& out) {
        if (!json.is(JsonKind::object)) return fail("not an object");
        bool good = true;
        describe(Of<T>{}, [&](std::string_view name, auto member, auto...) {
            good = good && read_member(json, name, out.*member);
        });
        return good;
    }
    template <class T>
    bool read(const JsonValue& json, std::optional<T>& out) {
        out.reset();
        if (!json || json.is(JsonKind::null)) return true;
        return read(json, out.emplace());
    }
    template <class T>
    bool read(const JsonValue& json, std::vector<T>& out) {
        if (!json.is(JsonKind::array)) return fail("not an array");
        out.clear();
        out.reserve(json.size());
        for (const auto& element : json.elements())
            if (!read(element, out.emplace_back())) return false;
        return true;
    }
    template <class T>
        requires std::is_enum_v<T>
    bool read(const JsonValue& json, T& out) {
        if (!json.is(JsonKind::string)) return fail("not a string");
        const auto& table = words(Of<T>{});
        const auto found = std::ranges::find(table, json.text());
        if (found == table.end()) return fail("not one of its words");
        out = static_cast<T>(found - table.begin());
        return true;
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    bool read(const JsonValue& json, T& out) {
        const auto raw = json.raw();
        const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
        const bool whole = !raw.empty() && error == std::errc() && end == raw.data() + raw.size();
        return whole || fail("not an integer in range");
    }
    bool read(const JsonValue& json, bool& out) {
        const auto value = json.boolean();
        out = value.value_or(false);
        return value.has_value() || fail("not a boolean");
    }
    bool read(const JsonValue& json, double& out) {
        const auto value = json.number();
        out = value.value_or(0);
        return (value && std::isfinite(*value)) || fail("not a number in range");
    }
    bool read(const JsonValue& json, std::string& out) {
        if (!json.is(JsonKind::string)) return fail("not a string");
        out = json.text();
        return true;
    }
    bool read(const JsonValue& json, std::pair<std::string, std::string>& out) {
        if (!json.is(JsonKind::array) || json.size() != 2) return fail("not a pair");
        return read(json[std::size_t{0}], out.first) && read(json[std::size_t{1}], out.second);
    }
    bool read(const JsonValue& json, Seq& out) { return read(json, out.value); }
    bool read(const JsonValue& json, Step& out) { return read(json, out.value); }
    bool read(const JsonValue& json, Digest& out) {
        out = {};
        if (json.is(JsonKind::null)) return true;
        if (!json.is(JsonKind::string)) return fail("not a digest");
        const auto digest = parse_digest(json.text());
        if (!digest) return fail("not a digest");
        out = *digest;
        return true;
    }
    bool read(const JsonValue& json, Payload& out) {
        if (!table_) {
            if (!json.is(JsonKind::object)) return fail("not a payload");
            return read_member(json, "digest", out.digest) && read_member(json, "size", out.size);
        }
        std::size_t index = 0;
        if (!read(json, index)) return false;
        if (index >= table_->size()) return fail("not the index of a payload");
        out = (*table_)[index];
        return true;
    }
    bool read(const JsonValue& json, Slice& out) {
        if (!json.is(JsonKind::object)) return fail("not a slice");
        return read_member(json, "payload", out.payload) && read_member(json, "offset", out.offset) &&
               read_member(json, "length", out.length) && read_member(json, "coding", out.coding);
    }

private:
    template <class T>
    bool read_member(const JsonValue& object, std::string_view name, T& out) {
        const JsonValue json = object[name];
        const bool good = json || is_optional<T>::value ? read(json, out) : fail("missing");
        if (!good) where_ = where_.empty() ? std::string(name) : std::string(name) + "." + where_;
        return good;
    }

    template <class T>
    struct is_optional : std::false_type {};
    template <class T>
    struct is_optional<std::optional<T>> : std::true_type {};

    bool fail(std::string_view expected) {
        expected_ = expected;
        return false;
    }

    std::optional<std::span<const Payload>> table_;
    std::string where_;
    std::string expected_;
};

}  // namespace stet

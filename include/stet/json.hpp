#pragma once

#include <stet/digest.hpp>
#include <stet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace stet {

// JSON as stet needs it: read without losing a byte, cite by range, compare by a canonical form.
//
// A tree that converts numbers (`250.0` to `2.5E2`) or forgets where a value stood cannot cite a
// recording; so a document here is an index of spans over text that somebody else owns. RFC 8259,
// strict: no comments, no trailing commas, one value, valid UTF-8.

struct JsonLimits {
    std::size_t depth_max = 512;
    std::size_t nodes_max = 4'000'000;
};

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

class JsonDocument;

/// One value inside a document. A small handle (copy it freely); the document must outlive it.
/// A default-made value is *absent*: every question to it answers as for a missing member, so that
/// `v["a"]["b"].text_or("")` needs no checks in between.
class JsonValue {
public:
    JsonValue() = default;

    explicit operator bool() const { return document_ != nullptr; }
    JsonKind kind() const;  ///< `null` when absent.
    bool is(JsonKind kind) const { return *this && this->kind() == kind; }

    /// Where the value stands in the text: first byte, and one past the last. 0-based bytes.
    std::size_t begin() const;
    std::size_t end() const;
    /// The bytes of the value as they were written. Empty when absent.
    std::string_view raw() const;

    /// The decoded string; empty when this is no string.
    std::string text() const;
    std::string text_or(std::string_view fallback) const;
    /// The integer, when this is a number written without fraction or exponent that fits.
    std::optional<std::int64_t> integer() const;
    /// The nearest double, when this is a number (overflow is infinite).
    std::optional<double> number() const;
    std::optional<bool> boolean() const;

    /// The member of an object; the last one when a key occurs twice. Absent when there is none.
    JsonValue operator[](std::string_view key) const;
    /// The element of an array; absent when out of range.
    JsonValue operator[](std::size_t index) const;

    /// Elements of an array, values of an object, in order. 0 for everything else.
    std::size_t size() const;
    std::vector<JsonValue> elements() const;
    /// Decoded keys with their values, in order of appearance, duplicates included.
    std::vector<std::pair<std::string, JsonValue>> members() const;

private:
    friend class JsonDocument;
    friend Result<std::string> canonical_json(const JsonValue& value);
    JsonValue(const JsonDocument* document, std::uint32_t node) : document_(document), node_(node) {}
    const JsonDocument* document_ = nullptr;
    std::uint32_t node_ = 0;
};

/// A parsed text. Does not own the text: it must outlive the document. Never throws on input.
class JsonDocument {
public:
    [[nodiscard]] static Result<JsonDocument> parse(std::string_view text, const JsonLimits& limits = {});

    /// Absent in a document that was never parsed.
    JsonValue root() const { return nodes_.empty() ? JsonValue() : JsonValue(this, 0); }
    std::string_view text() const { return text_; }

    struct Node {
        JsonKind kind;
        bool escaped;              ///< A string that holds a backslash.
        bool key_escaped;          ///< This member's key holds one.
        std::uint32_t begin, end;  ///< Bytes of the text.
        std::uint32_t key;         ///< First byte of the member's key (its quote); 0 outside objects.
        std::uint32_t size;        ///< Children.
        std::uint32_t after;       ///< The node that follows this one and everything in it.
    };
    const Node& node(std::uint32_t index) const { return nodes_[index]; }

private:
    std::string_view text_;
    std::vector<Node> nodes_;
};

/// The canonical form: members sorted by UTF-16 code units and strings escaped as RFC 8785 says, no
/// white space, numbers *kept as they were written* (so `250` and `250.0` differ, as they do in the
/// prompts that models are trained on). Two values are equal at level `value` when these bytes are.
///
/// An error when the form would lose something: a key twice in one object, a lone surrogate, a
/// number that no double holds. Such a payload is compared as raw bytes instead.
[[nodiscard]] Result<std::string> canonical_json(std::string_view text, const JsonLimits& limits = {});
[[nodiscard]] Result<std::string> canonical_json(const JsonValue& value);

/// A JSON string literal, quotes included: RFC 8785's escapes, everything else as UTF-8. Bytes that
/// are not UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);
/// The decoded text of a JSON string literal (quotes included).
[[nodiscard]] Result<std::string> json_unquote(std::string_view literal);

/// Writes JSON: compact, members in the order in which they are added.
///
///     JsonWriter json;
///     json.open('{').key("seq").integer(7).key("tags").open('[').string("a").close(']').close('}');
class JsonWriter {
public:
    JsonWriter& open(char bracket);   ///< '{' or '['
    JsonWriter& close(char bracket);  ///< '}' or ']'
    JsonWriter& key(std::string_view key);
    JsonWriter& string(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& number(double value);  ///< Shortest form that reads back; null when not finite.
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    JsonWriter& raw(std::string_view json);  ///< A value that is JSON already.

    /// A value of C++: a bool, a number, a text, whatever has a `to_string`; null for an empty optional and
    /// an empty digest; an array for a range.
    template <class T>
    JsonWriter& value(const T& value);
    template <class T>
    JsonWriter& member(std::string_view name, const T& value) {
        return key(name).value(value);
    }

    const std::string& text() const { return text_; }
    /// The text; the writer is as new.
    std::string take() {
        comma_ = false;
        return std::exchange(text_, {});
    }

private:
    void separate();
    std::string text_;
    bool comma_ = false;
};

template <class T>
JsonWriter& JsonWriter::value(const T& given) {
    if constexpr (std::is_same_v<T, bool>) {
        return boolean(given);
    } else if constexpr (std::is_integral_v<T>) {
        return integer(static_cast<std::int64_t>(given));
    } else if constexpr (std::is_floating_point_v<T>) {
        return number(given);
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        return string(given);
    } else if constexpr (std::is_same_v<T, Digest>) {
        return given ? string(to_string(given)) : null();
    } else if constexpr (requires { to_string(given); }) {
        return string(to_string(given));
    } else if constexpr (requires { given.has_value(); }) {
        return given ? value(*given) : null();
    } else {
        open('[');
        for (const auto& one : given)
            value(one);
        return close(']');
    }
}

}  // namespace stet

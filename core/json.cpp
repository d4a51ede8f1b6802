#include "core/json_reader.hpp"
#include "core/json_scan.hpp"

#include <stet/json.hpp>

#include <charconv>

namespace stet {
namespace {

using Node = JsonDocument::Node;

// The decoded key of a member.
std::string decoded_key(std::string_view text, const Node& node) {
    if (!node.key_escaped) return std::string(plain_key(text, node.key));
    return decode_json_string(escaped_key(text, node.key)).text;
}

// A plain key holds neither quote nor backslash; a text that does is found among the escaped keys only.
bool could_be_plain(std::string_view key) {
    return key.find_first_of("\"\\") == std::string_view::npos;
}

bool key_is(std::string_view text, const Node& node, std::string_view key, bool plain) {
    if (node.key_escaped) return decode_json_string(escaped_key(text, node.key)).text == key;
    const auto rest = text.substr(node.key + std::size_t{1});
    return plain && rest.size() > key.size() && rest[key.size()] == '"' && rest.starts_with(key);
}

}  // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
    JsonDocument document;
    document.text_ = text;
    if (const auto read = index_json(text, limits, document.nodes_); !read) return read.error();
    return document;
}

JsonKind JsonValue::kind() const {
    return *this ? document_->node(node_).kind : JsonKind::null;
}
std::size_t JsonValue::begin() const {
    return *this ? document_->node(node_).begin : 0;
}
std::size_t JsonValue::end() const {
    return *this ? document_->node(node_).end : 0;
}

std::string_view JsonValue::raw() const {
    if (!*this) return {};
    return document_->text().substr(begin(), end() - begin());
}

std::string JsonValue::text() const {
    if (!is(JsonKind::string)) return {};
    const auto inside = raw().substr(1, raw().size() - 2);
    return document_->node(node_).escaped ? decode_json_string(inside).text : std::string(inside);
}

std::string JsonValue::text_or(std::string_view fallback) const {
    return is(JsonKind::string) ? text() : std::string(fallback);
}

std::optional<std::int64_t> JsonValue::integer() const {
    if (!is(JsonKind::number)) return std::nullopt;
    const auto digits = raw();
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<double> JsonValue::number() const {
    if (!is(JsonKind::number)) return std::nullopt;
    return nearest_double(raw());
}

std::optional<bool> JsonValue::boolean() const {
    if (!is(JsonKind::boolean)) return std::nullopt;
    return raw() == "true";
}

JsonValue JsonValue::operator[](std::string_view key) const {
    if (!is(JsonKind::object)) return {};
    const auto text = document_->text();
    const bool plain = could_be_plain(key);
    JsonValue found;
    const std::uint32_t after = document_->node(node_).after;
    for (std::uint32_t child = node_ + 1; child != after; child = document_->node(child).after) {
        if (key_is(text, document_->node(child), key, plain)) found = {document_, child};
    }
    return found;
}

JsonValue JsonValue::operator[](std::size_t index) const {
    if (!is(JsonKind::array) || index >= size()) return {};
    std::uint32_t child = node_ + 1;
    for (; index > 0; --index)
        child = document_->node(child).after;
    return {document_, child};
}

std::size_t JsonValue::size() const {
    return *this ? document_->node(node_).size : 0;
}

std::vector<JsonValue> JsonValue::elements() const {
    std::vector<JsonValue> elements;
    if (size() == 0) return elements;
    elements.reserve(size());
    const std::uint32_t after = document_->node(node_).after;
    for (std::uint32_t child = node_ + 1; child != after; child = document_->node(child).after) {
        elements.push_back({document_, child});
    }
    return elements;
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members() const {
    std::vector<std::pair<std::string, JsonValue>> members;
    if (!is(JsonKind::object)) return members;
    members.reserve(size());
    for (const auto& value : elements()) {
        members.emplace_back(decoded_key(document_->text(), document_->node(value.node_)), value);
    }
    return members;
}

}  // namespace stet

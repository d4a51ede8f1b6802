#include <stet/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

// Small limits, so that the fuzzer finds them.
constexpr stet::JsonLimits limits{.depth_max = 64, .nodes_max = 10'000};

void check_value(const stet::JsonValue& value, std::string_view text) {
    STET_ASSERT(value.begin() < value.end() && value.end() <= text.size());
    STET_ASSERT(value.raw() == text.substr(value.begin(), value.end() - value.begin()));
    STET_ASSERT(value.is(stet::JsonKind::number) == value.number().has_value());
    STET_ASSERT(value.elements().size() == value.size());
    if (value.is(stet::JsonKind::string)) {
        STET_ASSERT(stet::json_unquote(value.raw()).value() == value.text());
        STET_ASSERT(stet::json_unquote(stet::json_quote(value.text())).value() == value.text());
    }
    std::size_t at = value.begin();
    for (const auto& child : value.elements()) {
        STET_ASSERT(child.begin() > at && child.end() < value.end());
        at = child.end() - 1;
        check_value(child, text);
    }
    for (const auto& [key, child] : value.members())
        STET_ASSERT(value[key]);
}

void check_canonical(std::string_view text) {
    const auto once = stet::canonical_json(text, limits);
    if (!once) return;
    const auto twice = stet::canonical_json(*once, limits);
    STET_ASSERT(twice && *twice == *once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    if (const auto document = stet::JsonDocument::parse(text, limits)) {
        check_value(document->root(), text);
        check_canonical(text);
    } else {
        STET_ASSERT(!document.error().what.empty());
        STET_ASSERT(!stet::canonical_json(text, limits));
    }
    // Any bytes can be quoted; what is read back is what was written, once it is UTF-8.
    const auto literal = stet::json_quote(text);
    const auto back = stet::json_unquote(literal).value();
    STET_ASSERT(stet::json_quote(back) == literal);
    STET_ASSERT(stet::canonical_json(literal).value() == literal);
    if (const auto direct = stet::json_unquote(text)) STET_ASSERT(stet::JsonDocument::parse(text));
    return 0;
}

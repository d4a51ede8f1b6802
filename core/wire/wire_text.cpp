#include "core/wire/wire_text.hpp"

#include <stet/bytes.hpp>

#include <algorithm>

namespace stet {

Payload Parsed::attach(std::string bytes) {
    const Payload payload{sha256(bytes), bytes.size()};
    payloads.push_back(std::move(bytes));
    return payload;
}

Result<std::unique_ptr<WireText>> WireText::open(const Payload& payload, std::string_view content_coding,
                                                 const ProtocolReader::Fetch& fetch) {
    auto bytes = fetch(payload.digest);
    if (!bytes) return bytes.error();
    const bool coded = !content_coding.empty() && content_coding != "identity";
    if (coded) {
        bytes = decode_content(content_coding, *bytes);
        if (!bytes) return bytes.error();
    }
    return std::unique_ptr<WireText>(new WireText(payload, std::move(*bytes), coded));
}

Result<void> WireText::parse() {
    auto document = JsonDocument::parse(bytes_);
    if (!document) return document.error();
    document_ = std::make_unique<JsonDocument>(std::move(*document));
    return {};
}

Slice WireText::cite(const JsonValue& value, Parsed& parsed) const {
    if (!value) {
        parsed.fidelity = std::max(parsed.fidelity, Fidelity::normalised);
        return {parsed.attach(""), 0, 0, Coding::raw};
    }
    const auto coding = value.is(JsonKind::string) ? Coding::json_string : Coding::json;
    if (!decoded_) return {payload_, value.begin(), value.end() - value.begin(), coding};
    parsed.fidelity = std::max(parsed.fidelity, Fidelity::normalised);
    const auto raw = value.raw();
    return {parsed.attach(std::string(raw)), 0, raw.size(), coding};
}

Slice cite_assembled(std::string text, Parsed& parsed) {
    const auto size = text.size();
    parsed.fidelity = std::max(parsed.fidelity, Fidelity::reconstructed);
    return {parsed.attach(std::move(text)), 0, size, Coding::raw};
}

Parsed make_gap(std::string reason, std::string_view place, const Payload* raw) {
    Gap gap;
    gap.reason = std::move(reason);
    gap.place = "protocol: " + std::string(place);
    if (raw != nullptr) {
        gap.bytes = raw->size;
        gap.raw = *raw;
    }
    Parsed parsed;
    parsed.body = std::move(gap);
    return parsed;
}

}  // namespace stet

#pragma once

#include <stet/json.hpp>
#include <stet/wire/protocol.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace stet {

/// The body of one wire event with its JSON, and how parsed events cite it: by range where the log
/// has these very bytes, else (a content coding was undone) by payloads of their own.
class WireText {
public:
    /// Fetches the body and undoes its content coding. Never null when there is no error.
    [[nodiscard]] static Result<std::unique_ptr<WireText>> open(const Payload& payload,
                                                                std::string_view content_coding,
                                                                const ProtocolReader::Fetch& fetch);
    /// Reads the bytes as JSON; `root` is absent before.
    [[nodiscard]] Result<void> parse();

    const std::string& bytes() const { return bytes_; }
    const Payload& payload() const { return payload_; }
    JsonValue root() const { return document_ ? document_->root() : JsonValue{}; }

    /// Cites a value of this document in `parsed`. An absent value is cited as no bytes.
    Slice cite(const JsonValue& value, Parsed& parsed) const;

    WireText(const WireText&) = delete;
    WireText& operator=(const WireText&) = delete;

private:
    WireText(const Payload& payload, std::string bytes, bool decoded)
        : payload_(payload), bytes_(std::move(bytes)), decoded_(decoded) {}

    Payload payload_;
    std::string bytes_;
    bool decoded_;
    std::unique_ptr<JsonDocument> document_;  // Views bytes_.
};

/// Takes text that stands nowhere on the wire in one piece, and cites all of it.
Slice cite_assembled(std::string text, Parsed& parsed);

/// An event that says what could not be understood. `place`: "request body", "response body /choices".
Parsed make_gap(std::string reason, std::string_view place, const Payload* raw);

}  // namespace stet

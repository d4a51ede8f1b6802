#include "core/event_reader.hpp"
#include "core/event_writer.hpp"

#include <stet/event_codec.hpp>
#include <stet/json.hpp>

namespace stet {
namespace {

template <std::size_t... Index>
EventBody make_body(std::size_t wanted, std::index_sequence<Index...>) {
    EventBody body;
    static_cast<void>(((wanted == Index && (body.emplace<Index>(), true)) || ...));
    return body;
}

/// An empty body of this kind; nothing when we know no such kind.
std::optional<EventBody> empty_body(std::string_view kind) {
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == kind) return make_body(i, std::make_index_sequence<kinds.size()>());
    return {};
}

Error unknown_kind(std::string_view kind) {
    return {"read event: there is no kind " + json_quote(kind),
            "it was written by a newer stet; use that one"};
}

Error unreadable(std::string_view kind, const std::string& problem) {
    return {"read event of kind " + std::string(kind) + ": " + problem, ""};
}

Result<EventBody> read_body(std::string_view kind, const JsonValue& json,
                            std::optional<std::span<const Payload>> payloads) {
    auto body = empty_body(kind);
    if (!body) return unknown_kind(kind);
    EventReader reader(payloads);
    const auto read = [&](auto& alternative) { return reader.read(json, alternative); };
    if (!std::visit(read, *body)) return unreadable(kind, reader.problem());
    return std::move(*body);
}

}  // namespace

EncodedBody encode_body(const EventBody& body) {
    EncodedBody encoded;
    encoded.kind = kind_of(body);
    JsonWriter json;
    EventWriter writer(json, &encoded.payloads);
    std::visit([&](const auto& alternative) { writer.write(alternative); }, body);
    encoded.json = json.take();
    return encoded;
}

Result<EventBody> decode_body(std::string_view kind, std::string_view json,
                              std::span<const Payload> payloads) {
    const auto document = JsonDocument::parse(json);
    if (!document) return unreadable(kind, document.error().what);
    return read_body(kind, document->root(), payloads);
}

std::string to_json(const Event& event) {
    JsonWriter json;
    EventWriter writer(json, nullptr);
    json.open('{');
    writer.members(event);
    json.key("kind").string(kind_of(event.body)).key("body");
    std::visit([&](const auto& alternative) { writer.write(alternative); }, event.body);
    json.close('}');
    return json.take();
}

Result<Event> parse_event(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return Error{"read event: " + document.error().what, document.error().hint};
    const JsonValue root = document->root();
    const auto kind = root["kind"].text_or("");
    Event event;
    EventReader reader({});
    if (!reader.read(root, event)) return unreadable(kind, reader.problem());
    auto body = read_body(kind, root["body"], {});
    if (!body) return body.error();
    event.body = std::move(*body);
    return event;
}

}  // namespace stet

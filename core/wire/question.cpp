#include "core/wire/question.hpp"

#include "core/wire/shown.hpp"

#include <algorithm>
#include <array>

namespace stet {
namespace {

/// Members that say how the answer is to be delivered or booked, not what is asked.
constexpr std::array<std::string_view, 4> delivery_members = {"stream", "stream_options", "metadata",
                                                              "client_metadata"};

constexpr std::array<std::string_view, 33> sampling_members = {"temperature",
                                                               "top_p",
                                                               "top_k",
                                                               "min_p",
                                                               "max_tokens",
                                                               "max_completion_tokens",
                                                               "stop",
                                                               "stop_sequences",
                                                               "seed",
                                                               "reasoning",
                                                               "reasoning_effort",
                                                               "effort",
                                                               "thinking",
                                                               "output_config",
                                                               "tool_choice",
                                                               "parallel_tool_calls",
                                                               "response_format",
                                                               "n",
                                                               "presence_penalty",
                                                               "frequency_penalty",
                                                               "repetition_penalty",
                                                               "logit_bias",
                                                               "logprobs",
                                                               "top_logprobs",
                                                               "verbosity",
                                                               "service_tier",
                                                               "modalities",
                                                               "prediction",
                                                               "context_management",
                                                               "chat_template_kwargs",
                                                               "return_token_ids",
                                                               "enable_thinking",
                                                               "thinking_budget"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// The canonical object of the members that `wanted` takes; as written where no canonical form exists.
template <class Wanted>
std::string pick_members(const JsonValue& body, Wanted wanted) {
    JsonWriter json;
    json.open('{');
    for (const auto& [name, value] : body.members())
        if (wanted(name)) json.key(name).raw(value.raw());
    json.close('}');
    auto canonical = canonical_json(json.text());
    return canonical ? std::move(*canonical) : json.take();
}

Digest digest_of(const JsonValue& value) {
    const auto canonical = canonical_json(value);
    return canonical ? sha256(*canonical) : sha256(value.raw());
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

void read_turns(Dialect dialect, const JsonValue& messages, Question& question) {
    for (const auto& value : messages.elements()) {
        auto message =
            dialect == Dialect::anthropic_messages ? read_anthropic_message(value) : read_chat_message(value);
        const bool before_turns =
            question.messages.empty() && (message.role == "system" || message.role == "developer");
        (before_turns ? question.system : question.messages).push_back(std::move(message));
    }
}

}  // namespace

std::string_view to_string(Dialect dialect) {
    return dialect == Dialect::anthropic_messages ? "anthropic-messages" : "openai-chat";
}

Endpoint endpoint_of(const Request& request) {
    if (!request.protocol.starts_with("http/")) return Endpoint::other;
    return endpoint_of(request.method, request.target);
}

Endpoint endpoint_of(std::string_view method, std::string_view target) {
    if (method != "POST") return Endpoint::other;
    const auto path = path_of(target);
    if (path.ends_with("/v1/messages")) return Endpoint::anthropic_messages;
    if (path.ends_with("/chat/completions")) return Endpoint::openai_chat;
    const bool unread = path.ends_with("/responses") || path.ends_with(":generateContent") ||
                        path.ends_with(":streamGenerateContent") || path.ends_with("/v1/completions");
    return unread ? Endpoint::unread : Endpoint::other;
}

Digest Question::system_digest() const {
    Hasher hasher;
    for (const auto& message : system)
        hasher.update(to_hex(message.digest));
    return hasher.finish();
}

Result<Question> read_question(Dialect dialect, const JsonValue& body) {
    if (!body.is(JsonKind::object) || !body["messages"].is(JsonKind::array))
        return Error{"read a model request: it has no list of messages", ""};
    Question question;
    question.dialect = dialect;
    question.model = body["model"].text();
    question.stream = body["stream"].boolean().value_or(false);
    question.sampling =
        pick_members(body, [](std::string_view name) { return is_one_of(sampling_members, name); });
    question.digest =
        sha256(pick_members(body, [](std::string_view name) { return !is_one_of(delivery_members, name); }));
    question.message_count = static_cast<std::uint32_t>(body["messages"].size());
    if (body["tools"].is(JsonKind::array)) {
        question.tools = body["tools"];
        question.tool_catalogue = digest_of(question.tools);
    }
    if (dialect == Dialect::anthropic_messages && body["system"])
        if (auto system = read_anthropic_system(body["system"]); !system.parts.empty())
            question.system.push_back(std::move(system));
    read_turns(dialect, body["messages"], question);
    return question;
}

}  // namespace stet

#pragma once

#include "replay/script.hpp"

#include <stet/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// What a model API's request asks, as far as a scripted model cares.
struct ModelQuestion {
    std::string model;
    bool stream = false;
    bool wants_usage = false;  ///< OpenAI: stream_options.include_usage.
    bool has_tools = false;
    std::size_t tool_results = 0;
    std::size_t bytes = 0;  ///< Of the request: what the made-up token counts come from.
};

/// An answer before it is put on the wire.
struct ModelAnswer {
    std::string id;
    std::string model;
    const Script::Turn* turn = nullptr;
    std::vector<std::string> call_ids;
};

/// How one provider's API speaks. Pure.
class ModelDialect {
public:
    virtual ~ModelDialect() = default;
    virtual ModelQuestion read(const JsonValue& body) const = 0;
    /// The whole answer as one JSON body.
    virtual std::string body(const ModelQuestion& question, const ModelAnswer& answer) const = 0;
    /// The same as server-sent events, each a chunk of its own.
    virtual std::vector<std::string> events(const ModelQuestion& question,
                                            const ModelAnswer& answer) const = 0;
    virtual std::string error(int status) const = 0;
    virtual std::string error_event() const = 0;
    virtual std::string call_id(std::size_t turn, std::size_t call) const = 0;
};

/// The dialect of a path ("/v1/messages", "/v1/chat/completions"); null for others.
const ModelDialect* dialect_of(std::string_view path);

}  // namespace stet

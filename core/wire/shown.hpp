#pragma once

#include "core/wire/question.hpp"

namespace stet {

// Single messages of a question, and the digest by which a message is known again when the agent
// sends the whole conversation once more.

ShownMessage read_anthropic_system(const JsonValue& system);
ShownMessage read_anthropic_message(const JsonValue& message);
ShownMessage read_chat_message(const JsonValue& message);

}  // namespace stet

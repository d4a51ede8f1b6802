#pragma once

#include "envs/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stet::envs {

/// What became of a call.
struct CallOutcome {
    enum class Kind : std::uint8_t {
        returned,
        failed,  ///< The tool's own error: `text` is what it says.
        broken,  ///< The tool is wrong, or went beyond a limit: `text` says where. The host undoes the call.
        absent,  ///< Nothing is known of this call, and nothing was changed: the next provider is asked.
    };
    Kind kind = Kind::returned;
    std::optional<Value> value;  ///< What was returned; absent when `text` is, or nothing at all.
    std::string text;
};

/// Answers the calls of one tool. A tool has one provider or several, which are asked in order. Lives within
/// one world and is called between `begin_call` and `end_call` of its RowStore. One thread.
class Provider {
public:
    virtual ~Provider() = default;
    virtual CallOutcome call(const Value& arguments) = 0;
    /// Not null: it changes nothing, and arguments and the rows of these tables alone (places in the
    /// RowStore) decide what it answers; so an answer may be kept.
    virtual const std::vector<std::size_t>* reads() const { return nullptr; }
};

}  // namespace stet::envs

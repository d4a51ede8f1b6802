#pragma once

#include <stet/event.hpp>
#include <stet/result.hpp>
#include <stet/tree.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A tool call as a world is asked it.
struct WorldCall {
    std::string tool;
    std::string arguments;             ///< Verbatim.
    std::string caller = "assistant";  ///< Or "user", where both sides of a conversation have tools.
    bool coupled = true;               ///< What a declared world does after every call follows this one too.
};

/// What a world answers: the bytes that stood (or would stand) at the tool boundary.
struct WorldAnswer {
    ToolStatus status = ToolStatus::ok;
    std::string content;           ///< MCP: the JSON-RPC `result` (or `error`) value.
    bool recorded = false;         ///< It comes from the recording (tape), not from execution.
    bool volatile_values = false;  ///< Holds values that no stub can know (clocks): compare normalised.
    /// What the call changed, as a JSON Patch (RFC 6902); empty for worlds whose state is a tree.
    std::string changes = {};
};

/// What an episode begins with.
struct WorldStart {
    Tree tree;                                                  ///< File worlds: the initial tree.
    std::function<Result<std::string>(const Digest&)> content;  ///< … and its contents.
    std::string root;  ///< The path under which the tools knew the tree.
    std::uint32_t umask = 022;
    std::uint64_t seed = 0;
    std::vector<std::string> excluded;  ///< Globs of what the tree leaves out, though the tools saw it.
    std::vector<WorldCall> setup;       ///< What the task does to a declared world before the first call.
};

/// A row that is not as the episode began: its values as compact JSON, absent where there is no row.
struct StateChange {
    std::string part;  ///< The collection or table.
    std::string key;
    std::optional<std::string> before, after;
    friend bool operator==(const StateChange&, const StateChange&) = default;
};

/// Contract: a deterministic world. The same reset and the same calls give the same answers and the
/// same state, byte for byte, on every machine. A bad call is an answer, not an exception.
/// One episode at a time; one thread at a time. Throws Trouble only when the machine fails.
class Environment {
public:
    virtual ~Environment() = default;
    virtual std::string name() const = 0;
    virtual std::string version() const = 0;
    /// Does this world implement the tool?
    virtual bool knows(std::string_view tool) const = 0;
    /// All tools, sorted; empty for what cannot list them.
    virtual std::vector<std::string> tools() const { return {}; }

    [[nodiscard]] virtual Result<void> reset(const WorldStart& start) = 0;
    virtual WorldAnswer step(const WorldCall& call) = 0;
    /// An answer to `call` (recorded or the world's own, the state being that after it) with the values
    /// set aside that no stub can know. Equal ones are equal at level `normalised`.
    virtual std::string normalise(const WorldCall& call, std::string_view content) const = 0;
    virtual Digest state() const = 0;
    /// The state as a tree with contents; null for worlds that are no tree.
    virtual const Tree* tree() const = 0;
    [[nodiscard]] virtual Result<std::string> content(const Digest& digest) const = 0;

    // What declared worlds can be asked besides.

    /// Of the declaration and the initial state; none for other worlds.
    virtual Digest declaration() const { return {}; }
    /// Is this the answer of a tool that failed for a moment, by the world's declaration?
    virtual bool is_transient(std::string_view content) const {
        (void)content;
        return false;
    }
    /// What differs from the state in which the episode began, by part, then in order of first change.
    virtual std::vector<StateChange> changes() const { return {}; }
    /// The state's digest as another program makes it: "py-tuple-sha256", "py-list-sha256" (tau-bench),
    /// "pyjson-sha256" (tau2-bench, of one `part` where it is given); 64 hexadecimal digits.
    [[nodiscard]] virtual Result<std::string> foreign_digest(std::string_view form, std::string_view part) {
        (void)part;
        return Error{"the world has no digest '" + std::string(form) + "'", ""};
    }
    /// Asks a function that is no tool (a predicate): `arguments` and the answer are JSON. The state stays
    /// as it is.
    [[nodiscard]] virtual Result<std::string> ask(std::string_view function, std::string_view arguments) {
        (void)arguments;
        return Error{"the world has no function '" + std::string(function) + "'", ""};
    }
};

}  // namespace stet

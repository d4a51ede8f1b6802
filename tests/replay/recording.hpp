#pragma once

#include "tests/support/memory_log.hpp"

#include <stet/door/replay.hpp>
#include <stet/environment.hpp>
#include <stet/journal.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet::test {

/// A world for tests: `put {"path","text"}` writes a file and says "stored N bytes", `get {"path"}`
/// says what is in it, `now {}` says a time that nobody can know.
class NotesWorld final : public Environment {
public:
    std::string name() const override { return "notes"; }
    std::string version() const override { return "1"; }
    bool knows(std::string_view tool) const override {
        return tool == "put" || tool == "get" || tool == "now";
    }
    Result<void> reset(const WorldStart& start) override;
    WorldAnswer step(const WorldCall& call) override;
    std::string normalise(const WorldCall& call, std::string_view content) const override;
    Digest state() const override { return tree_digest(tree_); }
    const Tree* tree() const override { return &tree_; }
    Result<std::string> content(const Digest& digest) const override;

    std::string clock = "12:00";

private:
    Tree tree_;
    std::map<Digest, std::string> contents_;
    std::function<Result<std::string>(const Digest&)> recorded_;
};

/// Files by path, each with its text.
using Files = std::map<std::string, std::string>;

/// Records a run through a Journal: an agent that talks to an MCP server over lines.
class Recording {
public:
    explicit Recording(const Files& files = {});

    /// One call and its answer (a JSON-RPC `result` value), as lines. Empty: the answer never came.
    void call(const std::string& tool, const std::string& arguments,
              const std::optional<std::string>& result);
    /// A model's answer, streamed: a text in these pieces.
    void answer(const std::vector<std::string>& pieces);
    /// The workspace has become this; records the diff.
    void state(const Files& files);
    void state(const Tree& tree, const std::function<std::string(const Digest&)>& content);
    /// The end, a check with its result and verdict.
    Seq check(const CheckSpec& spec, const CheckResult& result, std::optional<Verdict> verdict);
    void seal();

    Appended add(EventBody body);
    Payload keep(std::string bytes) { return journal_->put(std::move(bytes)); }
    Tree tree_of(const Files& files);
    const Tree& tree() const { return tree_; }

    MemoryLog log;
    Redactor redactor{"a key of sixteen bytes"};

private:
    std::unique_ptr<Journal> journal_;
    Tree tree_;
    int next_id_ = 1;
    bool sealed_ = false;
};

/// Seq of the nth event (0-based) of a kind.
std::optional<Seq> find_kind(const MemoryLog& log, std::string_view kind, std::size_t nth = 0);

}  // namespace stet::test

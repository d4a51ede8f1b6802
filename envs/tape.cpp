#include <stet/door/envs.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stet {
namespace {

/// One recorded call with what was answered.
struct Take {
    std::optional<Slice> content;
    ToolStatus status = ToolStatus::unanswered;
    Digest state_after;
};

/// Calls are the same when the tool and the canonical arguments are; arguments that have no canonical
/// form are compared by their bytes.
std::string key_of(std::string_view tool, std::string_view arguments) {
    const auto canonical = canonical_json(arguments);
    return fmt::format("{}\n{}\n{}", tool, canonical ? "json" : "raw", canonical ? *canonical : arguments);
}

/// Reads a recording once and finds its calls.
class TapeReader {
public:
    explicit TapeReader(EventSource& source) : source_(source) {}

    /// At the tool boundary; where nothing was recorded there, as the model saw them.
    void read() {
        source_.seek(Seq{0});
        while (const auto event = source_.next())
            std::visit([&](const auto& body) { see(event->seq, body); }, event->body);
        const bool tools = std::ranges::any_of(
            calls_, [](const auto& call) { return call.second.boundary == Boundary::tool; });
        const auto wanted = tools ? Boundary::tool : Boundary::model;
        for (const auto& [seq, call] : calls_) {
            if (call.boundary == wanted) takes_[call.key].push_back(call.take);
        }
    }

    std::map<std::string, std::vector<Take>> takes() { return std::move(takes_); }
    Digest first_state() const { return first_state_; }

private:
    struct Call {
        Boundary boundary;
        std::string key;
        Take take;
    };

    template <class Body>
    void see(Seq, const Body&) {}

    void see(Seq, const Snapshot& snapshot) {
        if (!first_state_) first_state_ = snapshot.state;
        state_ = snapshot.state;
    }

    void see(Seq seq, const ToolCall& call) {
        const auto arguments = fetch(source_, call.arguments);
        if (!arguments) return;  // Erased: nobody can ask for it again.
        calls_.emplace(seq, Call{call.boundary, key_of(call.tool, *arguments), {}});
    }

    void see(Seq, const ToolResult& result) { answer(result.call, result.content, result.status); }

    void see(Seq, const Observation& shown) {
        const auto found = calls_.find(shown.call);
        // An observation is repeated in every later request; the first one counts.
        if (found == calls_.end() || found->second.take.content) return;
        answer(shown.call, shown.content,
               shown.error.value_or(false) ? ToolStatus::tool_error : ToolStatus::ok);
    }

    void answer(Seq call, const std::optional<Slice>& content, ToolStatus status) {
        const auto found = calls_.find(call);
        if (found != calls_.end()) found->second.take = {content, status, state_};
    }

    void see(Seq, const StateDiff& diff) {
        state_ = diff.after;
        for (const auto cause : diff.causes) {
            if (const auto found = calls_.find(cause); found != calls_.end())
                found->second.take.state_after = diff.after;
        }
    }

    EventSource& source_;
    std::map<Seq, Call> calls_;
    std::map<std::string, std::vector<Take>> takes_;
    Digest first_state_, state_;
};

class TapeWorld final : public Environment {
public:
    explicit TapeWorld(EventSource& source) : source_(source) {
        TapeReader reader(source);
        reader.read();
        takes_ = reader.takes();
        first_state_ = reader.first_state();
        state_ = first_state_;
    }

    std::string name() const override { return "tape"; }
    std::string version() const override { return "1"; }

    bool knows(std::string_view tool) const override {
        const auto found = takes_.lower_bound(fmt::format("{}\n", tool));
        return found != takes_.end() && found->first.starts_with(fmt::format("{}\n", tool));
    }

    Result<void> reset(const WorldStart&) override {
        played_.clear();
        state_ = first_state_;
        return {};
    }

    WorldAnswer step(const WorldCall& call) override {
        const auto key = key_of(call.tool, call.arguments);
        const auto found = takes_.find(key);
        if (found == takes_.end()) return unanswered();
        auto& played = played_[key];
        if (played >= found->second.size()) return unanswered();  // Asked more often than recorded.
        const auto& take = found->second[played++];
        if (!take.content) return {take.status, "", true, false};
        auto content = fetch(source_, *take.content);
        if (!content) return unanswered();
        if (take.state_after) state_ = take.state_after;
        return {take.status, std::move(*content), true, false};
    }

    std::string normalise(const WorldCall&, std::string_view content) const override {
        return std::string(content);
    }
    Digest state() const override { return state_; }
    const Tree* tree() const override { return nullptr; }
    Result<std::string> content(const Digest& digest) const override { return source_.payload(digest); }

private:
    static WorldAnswer unanswered() { return {ToolStatus::unanswered, "", true, false}; }

    EventSource& source_;
    std::map<std::string, std::vector<Take>> takes_;
    std::map<std::string, std::size_t> played_;
    Digest first_state_, state_;
};

}  // namespace

std::unique_ptr<Environment> make_tape(EventSource& source) {
    return std::make_unique<TapeWorld>(source);
}

}  // namespace stet

#include "formats/transcript.hpp"

#include <stet/json.hpp>

#include <set>

namespace stet {
namespace {

std::string text_of(Result<std::string> text, const Slice& slice) {
    if (!text) return {};
    if (slice.coding != Coding::json) return *std::move(text);
    // Content parts: what a text model reads of them is their text.
    const auto document = JsonDocument::parse(*text);
    if (!document) return *std::move(text);
    std::string joined;
    for (const auto& part : document->root().elements()) {
        if (!joined.empty()) joined += "\n";
        joined += part["text"].text();
    }
    return joined.empty() ? *std::move(text) : joined;
}

class Assembler {
public:
    Assembler(EventSource& source, const Readings& readings) : source_(source) {
        for (const auto& failure : readings.failures) {
            // A 429 on a good call is not the model's mistake; an unexplained failure may be.
            if (failure.fault == Fault::model || failure.fault == Fault::unknown) {
                failed_.insert(failure.evidence.begin(), failure.evidence.end());
            }
        }
    }

    std::vector<Transcript> run() {
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            event_ = &*event;
            std::visit([this](const auto& body) { take(body); }, event->body);
        }
        std::erase_if(all_, [](const Transcript& one) { return one.messages.empty(); });
        for (auto& one : all_)
            one.incomplete = incomplete_;
        return std::move(all_);
    }

private:
    template <class Body>
    void take(const Body&) {}  // Not seen by a model.

    void take(const ModelCall& call) {
        const auto key = std::make_pair(event_->actor, call.conversation);
        auto [at, fresh] = current_.try_emplace(key, all_.size());
        if (fresh)
            all_.push_back({.actor = event_->actor,
                            .number = call.conversation,
                            .messages = {},
                            .tools_json = {},
                            .dialect = call.dialect});
        of_call_[event_->seq] = at->second;
        if (event_->cause) of_request_[*event_->cause] = at->second;
        if (call.tools_json) {
            auto tools = have(*call.tools_json);
            if (tools) all_[at->second].tools_json = *std::move(tools);
        }
    }

    void take(const Compaction&) {
        // What follows has another past: it is a conversation of its own.
        if (!event_->cause || !of_request_.contains(*event_->cause)) return;
        const auto old = of_request_[*event_->cause];
        auto next = Transcript{.actor = all_[old].actor,
                               .number = all_[old].number,
                               .messages = {},
                               .tools_json = all_[old].tools_json,
                               .dialect = all_[old].dialect};
        current_[{next.actor, next.number}] = all_.size();
        of_request_[*event_->cause] = all_.size();
        for (auto& [call, conversation] : of_call_) {
            if (conversation == old && call > *event_->cause) conversation = all_.size();
        }
        all_.push_back(std::move(next));
    }

    void take(const Message& message) {
        if (!event_->cause || !of_request_.contains(*event_->cause)) return;
        all_[of_request_[*event_->cause]].messages.push_back(
            {.role = message.role, .content = text_of(message.content), .calls = {}, .call_id = {}});
    }

    void take(const ModelResult& result) {
        if (!result.complete || !of_call_.contains(result.call)) return;
        const auto at = of_call_[result.call];
        ChatMessage message{.role = "assistant", .content = {}, .calls = {}, .call_id = {}, .sampled = true};
        if (result.text) message.content = text_of(*result.text);
        all_[at].messages.push_back(std::move(message));
        if (event_->cause) answer_[*event_->cause] = {at, all_[at].messages.size() - 1};
    }

    void take(const ToolCall& call) {
        if (call.boundary != Boundary::model || !event_->cause || !answer_.contains(*event_->cause)) return;
        const auto [at, message] = answer_[*event_->cause];
        auto& assistant = all_[at].messages[message];
        assistant.calls.push_back({call.call_id, call.tool, text_of_arguments(call.arguments), event_->seq});
        assistant.failed = assistant.failed || failed_.contains(event_->seq);
        of_tool_[event_->seq] = {at, message};
    }

    void take(const Observation& observation) {
        const auto found = of_tool_.find(observation.call);
        if (found == of_tool_.end()) return;
        // A compaction in between has moved on; the observation is shown where the call was.
        all_[found->second.first].messages.push_back({.role = "tool",
                                                      .content = text_of(observation.content),
                                                      .calls = {},
                                                      .call_id = observation.call_id});
    }

    std::string text_of_arguments(const Slice& slice) {
        auto text = have(slice);
        return text ? *std::move(text) : std::string{};
    }

    std::string text_of(const Slice& slice) { return stet::text_of(have(slice), slice); }

    /// What was erased leaves a conversation that nobody held.
    Result<std::string> have(const Slice& slice) {
        auto text = fetch(source_, slice);
        incomplete_ = incomplete_ || !text;
        return text;
    }

    EventSource& source_;
    const Event* event_ = nullptr;
    bool incomplete_ = false;
    std::set<Seq> failed_;
    std::vector<Transcript> all_;
    std::map<std::pair<std::string, std::uint32_t>, std::size_t> current_;
    std::map<Seq, std::size_t> of_call_, of_request_;
    std::map<Seq, std::pair<std::size_t, std::size_t>> answer_, of_tool_;
};

}  // namespace

std::vector<Transcript> transcripts(EventSource& source, const Readings& readings) {
    return Assembler(source, readings).run();
}

}  // namespace stet

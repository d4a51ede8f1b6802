#include "replay/model_dialect.hpp"

#include <stet/door/replay.hpp>
#include <stet/wire/http.hpp>

#include <fmt/format.h>

#include <map>

namespace stet {
namespace {

constexpr std::chrono::milliseconds between_chunks{2};
constexpr std::chrono::milliseconds between_slow_chunks{150};

std::string chunk_of(std::string_view bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

class ScriptedModel final : public Peer {
public:
    explicit ScriptedModel(Script script) : script_(std::move(script)) {}

    std::vector<PeerAct> answer(const PeerRequest& request) override {
        const auto* dialect = dialect_of(request.target);
        if (request.method != "POST" || dialect == nullptr) {
            return {{.bytes = make_response(
                         404, "application/json",
                         R"({"error":{"message":"it answers POST …/messages and …/chat/completions"}})")}};
        }
        const auto body = JsonDocument::parse(request.body);
        if (!body) return {{.bytes = make_response(400, "application/json", dialect->error(400))}};
        auto question = dialect->read(body->root());
        question.bytes = request.body.size();
        ++answers_;
        if (!question.has_tools) return side_answer(*dialect, question);
        const auto turn = script_.turn_for(question.tool_results);
        return perform(*dialect, question, turn, script_.fault_for(turn, ++attempts_[turn]));
    }

private:
    ModelAnswer answer_for(const ModelDialect& dialect, const Script::Turn& turn, std::size_t number) const {
        ModelAnswer answer{
            .id = fmt::format("msg_{}", answers_), .model = script_.model, .turn = &turn, .call_ids = {}};
        for (std::size_t i = 0; i < turn.calls.size(); ++i)
            answer.call_ids.push_back(dialect.call_id(number, i));
        return answer;
    }

    /// Titles, summaries: a request without tools is no turn of the script.
    std::vector<PeerAct> side_answer(const ModelDialect& dialect, const ModelQuestion& question) {
        static const Script::Turn aside{.text = "A scripted answer.", .calls = {}, .faults = {}};
        return speak(dialect, question, answer_for(dialect, aside, 0), nullptr);
    }

    std::vector<PeerAct> perform(const ModelDialect& dialect, const ModelQuestion& question, std::size_t turn,
                                 const Script::Fault* fault) {
        if (fault != nullptr && fault->kind == Script::FaultKind::reset)
            return {{.then = PeerAct::Then::reset}};
        if (fault != nullptr && fault->kind == Script::FaultKind::status) {
            std::vector<HttpField> more;
            if (fault->status == 429) more.push_back({"retry-after", "1"});
            return {{.bytes = make_response(fault->status, "application/json", dialect.error(fault->status),
                                            more)}};
        }
        return speak(dialect, question, answer_for(dialect, script_.turns[turn], turn), fault);
    }

    static std::vector<PeerAct> speak(const ModelDialect& dialect, const ModelQuestion& question,
                                      const ModelAnswer& answer, const Script::Fault* fault) {
        const bool cut = fault != nullptr && fault->kind == Script::FaultKind::cut;
        if (!question.stream) {
            auto whole = make_response(200, "application/json", dialect.body(question, answer));
            if (cut)
                return {{.bytes = whole.substr(0, whole.size() - whole.size() / 4),
                         .then = PeerAct::Then::close}};
            return {{.bytes = std::move(whole)}};
        }
        const bool slow = fault != nullptr && fault->kind == Script::FaultKind::slow;
        const auto events = dialect.events(question, answer);
        std::vector<PeerAct> acts{
            {.bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: "
                      "no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"}};
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (i == events.size() / 2 && cut) {
                acts.push_back({.wait = between_chunks, .then = PeerAct::Then::close});
                return acts;
            }
            if (i == events.size() / 2 && fault != nullptr && fault->kind == Script::FaultKind::error_event) {
                acts.push_back(
                    {.wait = between_chunks, .bytes = chunk_of(dialect.error_event()) + "0\r\n\r\n"});
                return acts;
            }
            acts.push_back(
                {.wait = slow ? between_slow_chunks : between_chunks, .bytes = chunk_of(events[i])});
        }
        acts.push_back({.bytes = "0\r\n\r\n"});
        return acts;
    }

    Script script_;
    std::uint32_t answers_ = 0;
    std::map<std::size_t, std::uint32_t> attempts_;  // by turn
};

}  // namespace

Result<std::unique_ptr<Peer>> make_scripted_model(std::string_view script_json) {
    auto script = parse_script(script_json);
    if (!script) return script.error();
    return std::unique_ptr<Peer>(std::make_unique<ScriptedModel>(*std::move(script)));
}

}  // namespace stet

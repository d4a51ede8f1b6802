#pragma once

#include "core/wire/answer.hpp"
#include "core/wire/conversations.hpp"
#include "core/wire/tool_ledger.hpp"
#include "core/wire/wire_text.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What a request to a model means; found without changing anything.
struct ModelPlan {
    std::string actor = "main";
    bool reads_as_model = false;  ///< Else nothing, or the gap alone.
    std::optional<Parsed> gap;
    std::unique_ptr<WireText> text;
    Question question;
    std::optional<Seq> attempt_at;  ///< The call that is tried once more.
    Belonging belonging;
};

/// Reads model requests and their answers: calls, attempts, messages, observations, results.
class ModelWire {
public:
    /// Calls without an answer, and requests without an end; older ones are forgotten.
    static constexpr std::size_t open_calls_max = 1024;

    /// `ledger` must outlive this.
    explicit ModelWire(ToolLedger& ledger) : ledger_(ledger) {}

    ModelPlan plan(const Event& event, const Request& request, const ProtocolReader::Fetch& fetch) const;
    /// The step of the call that the plan tries again; empty for a new call.
    std::optional<Step> step_of_attempt(const ModelPlan& plan) const;
    void take(const Event& event, const Request& request, ModelPlan plan, Seq next, std::vector<Parsed>& out);
    void take(const Event& event, const Response& response, Seq next, const ProtocolReader::Fetch& fetch,
              std::vector<Parsed>& out);
    /// The attempt is over, whether it was answered or not.
    void end_attempt(Seq request);

private:
    struct OpenCall {
        Seq seq;
        Step step;
        std::string actor, peer;
        Dialect dialect = Dialect::anthropic_messages;
        std::uint32_t conversation = 0;
        Digest question, body;
        std::uint32_t attempts = 1, in_flight = 0;
    };
    const OpenCall* find_attempted(const Question& question, std::string_view actor) const;
    void take_attempt(const Event& event, const Request& request, const ModelPlan& plan,
                      std::vector<Parsed>& out);
    void take_call(const Event& event, const Request& request, const ModelPlan& plan, Seq next,
                   std::vector<Parsed>& out);
    void observe(const ModelPlan& plan, const Request& request, std::uint32_t conversation,
                 std::vector<Parsed>& out);
    void show_messages(const ModelPlan& plan, std::vector<Parsed>& out) const;
    void begin_attempt(Seq request, OpenCall& call);
    void emit_answer(const OpenCall& call, const Answer& answer, const WireText* text, Seq next,
                     std::vector<Parsed>& out);
    std::optional<Answer> read_answer(const OpenCall& call, const Response& response,
                                      const ProtocolReader::Fetch& fetch, std::unique_ptr<WireText>& text,
                                      std::vector<Parsed>& out) const;

    ToolLedger& ledger_;
    Conversations conversations_;
    std::map<Seq, OpenCall> calls_;  // By the ModelCall's seq.
    struct Waiting {
        Seq call;
        std::uint32_t conversation = 0;
        bool in_flight = true;
    };
    std::map<Seq, Waiting> waiting_;  // Request → call.
};

}  // namespace stet

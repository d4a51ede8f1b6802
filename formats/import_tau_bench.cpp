#include "formats/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

// tau-bench: <https://github.com/sierra-research/tau-bench>. A result file is an array (or lines) of trials,
// each with its task as it was run, OpenAI's chat messages, and how the reward came about. The environment
// took only the first tool call of a turn, and a call's answer follows it at once. Pull request 68 adds a
// reward that is composed: success, less a hundredth for each step, plus a tenth for an injected fault that
// was overcome.

namespace stet {
namespace {

constexpr std::string_view format = "tau-bench";
constexpr std::string_view transfer = "transfer_to_human_agents";  // Ends the episode.
constexpr std::string_view stop = "###STOP###";

class Trial {
public:
    Trial(const TrialPiece& piece, const EpisodeOf& episode) : piece_(piece), json_(piece.root()) {
        const auto policy = json_["traj"][std::size_t{0}]["content"].text();
        retail_ = policy.find("etail agent") != std::string::npos || is_retail_by_tools();
        world_ = retail_ ? "tau-retail" : "tau-airline";
        composed_ = json_["info"]["reward_info"]["components"].is(JsonKind::object);
        episode_ = episode(world_);
    }

    ImportedTrajectory run() {
        TrialWriter writer(begin(), format);
        writer.keep(piece_, {"model", "sampling", "times", "tool catalogue"});
        checks(writer);
        messages(writer);
        return writer.finish(fmt::format("{} {}#{}", world_, json_["task_id"].raw(), json_["trial"].raw()),
                             ending());
    }

private:
    bool is_retail_by_tools() const {
        for (const auto& action : json_["info"]["task"]["actions"].elements()) {
            if (action["name"].text().find("order") != std::string::npos) return true;
        }
        return false;
    }

    JsonValue reward_info() const { return json_["info"]["reward_info"]; }

    Begin begin() const {
        Begin begin;
        begin.task_id = fmt::format("{}:{}", world_, json_["task_id"].raw());
        begin.instruction = json_["info"]["task"]["instruction"].text();
        const auto first = json_["traj"][std::size_t{0}];
        if (first["role"].text() == "system") begin.policy = first["content"].text();
        begin.source = std::string(format);
        begin.group = begin.task_id;
        begin.trial = json_["trial"].integer();
        begin.recorder = "stet " STET_VERSION;
        begin.episode = episode_;
        return begin;
    }

    /// The gold calls that were executed, as a JSON array; counts them.
    std::string gold(std::size_t& count) const {
        JsonWriter calls;
        calls.open('[');
        for (const auto& action : json_["info"]["task"]["actions"].elements()) {
            const auto name = action["name"].text();
            if (name == transfer) continue;
            ++count;
            if (name == "respond") continue;
            const auto arguments = action["kwargs"];
            calls.open('{')
                .member("tool", name)
                .key("arguments")
                .raw(arguments ? arguments.raw() : "{}")
                .close('}');
        }
        return calls.close(']').take();
    }

    std::string_view digest_form() const { return composed_ ? "py-list-sha256" : "py-tuple-sha256"; }

    std::string state_verifier(const std::string& gold) const {
        JsonWriter json;
        json.open('{').member("verifier", "state_equal").key("gold").raw(gold);
        return json.member("digest", digest_form()).close('}').take();
    }

    std::string output_verifier() const {
        return declare_said(json_["info"]["task"]["outputs"].raw(), "replies");
    }

    void checks(TrialWriter& writer) const {
        std::size_t gold_count = 0;
        const auto calls = gold(gold_count);
        const auto state = state_verifier(calls);
        std::vector<std::string> parts{declare_ended({"success_claimed", "gave_up"}), state};
        if (json_["info"]["task"]["outputs"].size() > 0) parts.push_back(output_verifier());
        const auto success = declare_joined("product", parts);
        const auto info = reward_info()["info"];
        if (const auto hash = info["gt_data_hash"].text(); !hash.empty())
            writer.check({"gold_state", gold_digest(calls, hash), 1});
        if (info["r_actions"]) writer.check({"actions", state, score_of(info["r_actions"])});
        if (info["r_outputs"]) writer.check({"outputs", output_verifier(), score_of(info["r_outputs"])});
        const auto reward = score_of(json_["reward"]);
        if (!composed_) return writer.check({"reward", success, reward});
        const auto components = reward_info()["components"];
        writer.check({"success", success, score_of(components["base_success"])});
        writer.check({"steps", steps(gold_count), score_of(components["steps"]), true});
        writer.check({"reward", composed(success, gold_count, calls), reward, true});
    }

    std::string gold_digest(const std::string& calls, const std::string& hash) const {
        JsonWriter json;
        json.open('{').member("verifier", "state_digest").key("gold").raw(calls);
        return json.member("digest", digest_form()).member("equals", hash).close('}').take();
    }

    static std::string steps(std::size_t gold_count) {
        return fmt::format(R"({{"verifier":"steps","plus":{}}})", gold_count);
    }

    /// The recorder ran the gold calls through the tool that fails by chance, and counted what that gave.
    static std::string composed(const std::string& success, std::size_t gold_count,
                                const std::string& calls) {
        JsonWriter recovered;
        recovered.open('{').member("verifier", "recovered").member("fault", "503 Service Unavailable");
        recovered.member("by", "order_id").key("gold").raw(calls);
        recovered.key("flaky").open('[').string("get_order_details").close(']').close('}');
        JsonWriter sum;
        sum.open('{')
            .member("verifier", "sum")
            .key("of")
            .open('[')
            .raw(R"({"verifier":"constant","score":1})");
        sum.raw(steps(gold_count)).raw(recovered.text()).close(']');
        sum.key("weights").raw("[1,-0.01,0.1]").key("at_least").raw("0").close('}');
        return declare_joined("product", {success, sum.text()});
    }

    void messages(TrialWriter& writer) const {
        std::optional<Seq> asked;
        for (const auto& message : json_["traj"].elements()) {
            const auto role = message["role"].text();
            const auto content = message["content"];
            if (role == "assistant") {
                ImportedTurn turn;
                if (content.is(JsonKind::string)) turn.text = piece_.cite(content);
                writer.turn(turn);
                asked = ask(writer, message["tool_calls"]);
            } else if (role == "tool") {
                if (asked)
                    writer.execute(*asked, ImportedAnswer{piece_.cite(content), is_error(content.text())});
                asked.reset();
            } else {
                writer.message(role, piece_.cite(content));
            }
        }
    }

    /// The first call of a turn, which is the one that the environment took.
    std::optional<Seq> ask(TrialWriter& writer, const JsonValue& calls) const {
        std::optional<Seq> first;
        for (const auto& call : calls.elements()) {
            const auto function = call["function"];
            const auto arguments = function["arguments"];
            const auto seq = writer.ask({function["name"].text(), piece_.cite(arguments), call["id"].text(),
                                         is_json_object(arguments.text())});
            if (!first) first = seq;
        }
        return first;
    }

    static bool is_json_object(const std::string& text) {
        const auto document = JsonDocument::parse(text);
        return document && document->root().is(JsonKind::object);
    }

    /// The tools' own convention.
    static bool is_error(std::string_view answer) {
        return answer.starts_with("Error") || answer.starts_with("Unknown action ");
    }

    Ending ending() const {
        const auto messages = json_["traj"].elements();
        if (messages.empty()) return Ending::crash;
        const auto& last = messages.back();
        if (last["role"].text() == "user" && last["content"].text().find(stop) != std::string::npos)
            return Ending::success_claimed;
        if (last["role"].text() == "tool" && last["name"].text() == transfer) return Ending::gave_up;
        return Ending::limit;
    }

    const TrialPiece& piece_;
    JsonValue json_;
    std::string world_;
    bool retail_ = false, composed_ = false;
    std::optional<EpisodeSpec> episode_;
};

class TauBench final : public Importer {
public:
    bool wants(const ImportFile& file) const override {
        const auto record = first_record(file);
        return record && record->root()["traj"].is(JsonKind::array) && record->root()["task_id"];
    }

    Result<std::vector<ImportTrial>> split(const std::vector<ImportFile>& files) const override {
        std::vector<ImportTrial> trials;
        for (const auto& file : files) {
            const auto records = json_records(file);
            if (!records) return records.error();
            for (const auto record : *records)
                trials.push_back({imported_id(format, {record}), {record}});
        }
        return trials;
    }

    Result<ImportedTrajectory> read(const std::vector<std::string>& pieces,
                                    const EpisodeOf& episode) const override {
        const auto piece = TrialPiece::parse(pieces.at(0));
        if (!piece) return piece.error();
        if (!piece->root()["traj"].is(JsonKind::array) || !piece->root()["task_id"])
            return Error{"it is no trial of tau-bench: it has no \"traj\" and \"task_id\"",
                         "name a file of historical_trajectories, or of your own results"};
        return Trial(*piece, episode).run();
    }
};

}  // namespace

std::unique_ptr<Importer> make_tau_bench_importer() {
    return std::make_unique<TauBench>();
}

}  // namespace stet

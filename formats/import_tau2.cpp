#include "formats/tau2_checks.hpp"
#include "formats/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

// tau2-bench: <https://github.com/sierra-research/tau2-bench>. A result file is an object: `info` on what
// ran, the `tasks` in full, and the `simulations` of them. In some domains the user, who is played by a
// model, has tools of their own. All calls of a message are executed, and its answers follow in their order.

namespace stet {
namespace {

constexpr std::string_view format = "tau2";
constexpr std::string_view transferred = "###TRANSFER###";  // The user's last word when handed on.

struct Pieces {
    TrialPiece simulation, task, info;
};

bool has_text(const JsonValue& content) {
    return content.is(JsonKind::string) &&
           content.text().find_first_not_of(" \t\r\n\f\v") != std::string::npos;
}

/// The world's name goes to where worlds are looked for: it is a plain word or nothing.
bool is_plain(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

/// "member: text" for each text in an object, a line each; a text itself.
std::string readable(const JsonValue& instructions) {
    if (instructions.is(JsonKind::string)) return instructions.text();
    std::string lines;
    for (const auto& [name, value] : instructions.members()) {
        if (!value.is(JsonKind::string)) continue;
        lines += fmt::format("{}{}: {}", lines.empty() ? "" : "\n", name, value.text());
    }
    return lines;
}

Ending ending_of(const JsonValue& simulation) {
    const auto reason = simulation["termination_reason"].text();
    const auto messages = simulation["messages"].elements();
    const bool handed_on =
        !messages.empty() && messages.back()["content"].text().find(transferred) != std::string::npos;
    if (reason == "user_stop") return handed_on ? Ending::gave_up : Ending::success_claimed;
    if (reason == "agent_stop") return Ending::success_claimed;
    if (reason == "timeout") return Ending::timeout;
    if (reason == "max_steps" || reason == "too_many_errors" || reason == "context_window_exceeded")
        return Ending::limit;
    return reason.ends_with("_error") ? Ending::crash : Ending::unknown;
}

/// What a trial ran in.
struct Setting {
    std::string domain, world;
    bool solo = false;

    explicit Setting(const JsonValue& info) {
        domain = info["environment_info"]["domain_name"].text();
        const auto agent = info["agent_info"]["implementation"].text();
        solo = agent.find("solo") != std::string::npos ||
               info["user_info"]["implementation"].text() == "dummy_user";
        // Another policy, the same tools.
        const auto tools = domain.substr(0, domain.find("-workflow"));
        world = fmt::format("tau2-{}{}", tools, solo ? "-solo" : "");
    }
    std::vector<std::string_view> digested() const {
        if (world.starts_with("tau2-telecom")) return {"agent", "user"};
        return {};
    }
};

class Trial {
public:
    Trial(const Pieces& pieces, const EpisodeOf& episode)
        : pieces_(pieces),
          simulation_(pieces.simulation.root()),
          task_(pieces.task.root()),
          info_(pieces.info.root()),
          setting_(info_) {
        // Data that a task puts into the state are no calls: without them the episode would be another.
        if (is_plain(setting_.world) && !has_data()) episode_ = episode(setting_.world);
    }

    Result<ImportedTrajectory> run() {
        TrialWriter writer(begin(), format, model());
        if (const auto start = time_of(simulation_, "start_time")) writer.at(*start);
        writer.setup(setup());
        keep(writer);
        Tau2Checks(simulation_, task_, setting_.digested(), setting_.solo).write(writer);
        if (auto good = messages(writer); !good) return good.error();
        if (const auto end = time_of(simulation_, "end_time")) writer.at(*end);
        return writer.finish(fmt::format("{}#{}", task_id(), trial().value_or(0)), ending_of(simulation_));
    }

private:
    /// A call that a message made and that is not answered yet.
    struct Open {
        ImportedCall call;
        std::string caller;
        std::optional<Seq> asked;
    };

    std::string task_id() const {
        return fmt::format("{}:{}", setting_.world, simulation_["task_id"].text());
    }
    std::optional<std::int64_t> trial() const { return simulation_["trial"].integer(); }
    JsonValue initial() const { return task_["initial_state"]; }
    bool has_data() const {
        const auto data = initial()["initialization_data"];
        return data["agent_data"].size() > 0 || data["user_data"].size() > 0;
    }
    static std::optional<std::int64_t> time_of(const JsonValue& value, std::string_view member) {
        return parse_time_us(value[member].text());
    }

    ImportedModel model() const {
        const auto agent = info_["agent_info"];
        const auto sampling = agent["llm_args"];
        const auto canonical =
            sampling.is(JsonKind::object) ? canonical_json(sampling) : Result<std::string>("{}");
        return {agent["llm"].text(), canonical ? *canonical : "{}"};
    }

    Begin begin() const {
        Begin begin;
        begin.task_id = task_id();
        const auto ticket = task_["ticket"];
        // Without a user, the ticket is what the agent is given.
        begin.instruction = setting_.solo && ticket.is(JsonKind::string)
                                ? ticket.text()
                                : readable(task_["user_scenario"]["instructions"]);
        if (const auto policy = info_["environment_info"]["policy"]; policy.is(JsonKind::string))
            begin.policy = policy.text();
        begin.source = std::string(format);
        begin.group = begin.task_id;
        begin.trial = trial();
        const auto agent = info_["agent_info"]["implementation"].text();
        if (!agent.empty()) begin.agent_argv = {agent};
        begin.budget = budget();
        tag(begin, "domain", setting_.domain);
        tag(begin, "simulation", simulation_["id"].text());
        tag(begin, "environment_commit", info_["git_commit"].text());
        tag(begin, "user", info_["user_info"]["implementation"].text());
        tag(begin, "user_model", info_["user_info"]["llm"].text());
        tag(begin, "seed", std::string(simulation_["seed"].raw()));
        begin.recorder = "stet " STET_VERSION;
        begin.episode = episode_;
        return begin;
    }
    static void tag(Begin& begin, std::string name, std::string value) {
        if (!value.empty() && value != "null") begin.tags.emplace_back(std::move(name), std::move(value));
    }

    std::optional<std::string> budget() const {
        JsonWriter json;
        json.open('{');
        for (const auto* name : {"max_steps", "max_errors"}) {
            if (const auto limit = info_[name].integer()) json.member(name, *limit);
        }
        const auto text = json.close('}').take();
        return text == "{}" ? std::nullopt : std::optional(text);
    }

    /// What the task does to the state first, as calls.
    std::string setup() const {
        JsonWriter json;
        json.open('[');
        for (const auto& action : initial()["initialization_actions"].elements()) {
            const auto arguments = action["arguments"];
            json.open('{').member("tool", action["func_name"].text());
            json.key("arguments").raw(arguments.is(JsonKind::object) ? arguments.raw() : "{}");
            json.member("caller", setting_.solo ? "assistant" : action["env_type"].text_or("assistant"));
            json.close('}');
        }
        return json.close(']').take();
    }

    void keep(TrialWriter& writer) const {
        std::vector<std::string> losses{"system prompt", "time zone"};
        if (!info_["environment_info"]["tool_defs"].is(JsonKind::object))
            losses.emplace_back("tool catalogue");
        if (has_data()) losses.emplace_back("initialization_data of the state");
        writer.keep(pieces_.simulation, std::move(losses));
        writer.keep(pieces_.task);
        writer.keep(pieces_.info);
    }

    Result<void> messages(TrialWriter& writer) {
        std::size_t number = 0;
        for (const auto& message : simulation_["messages"].elements()) {
            if (const auto time = time_of(message, "timestamp")) writer.at(*time);
            const auto role = message["role"].text();
            if (role == "tool") {
                if (auto good = answer(writer, message, number); !good) return good;
            } else if (role == "assistant" && !is_greeting(message, number)) {
                open_.clear();
                writer.turn(turn_of(message));
                ask(&writer, message, role);
            } else {
                open_.clear();
                const auto content = message["content"];
                if (has_text(content)) writer.message(role, pieces_.simulation.cite(content));
                ask(nullptr, message, role);
            }
            ++number;
        }
        return {};
    }

    /// The first message is the harness's own, unless the agent is alone or the task begins otherwise.
    bool is_greeting(const JsonValue& message, std::size_t number) const {
        return number == 0 && !setting_.solo && message["tool_calls"].size() == 0 &&
               !message["usage"].is(JsonKind::object);
    }

    ImportedTurn turn_of(const JsonValue& message) const {
        ImportedTurn turn;
        if (const auto content = message["content"]; content.is(JsonKind::string))
            turn.text = pieces_.simulation.cite(content);
        if (const auto reasoning = message["reasoning"]; reasoning.is(JsonKind::string))
            turn.reasoning = pieces_.simulation.cite(reasoning);
        turn.finish_reason = message["raw_data"]["finish_reason"].text();
        turn.usage.input = message["usage"]["prompt_tokens"].integer();
        turn.usage.output = message["usage"]["completion_tokens"].integer();
        turn.cost_usd = message["cost"].number();
        return turn;
    }

    /// `writer`: for the agent's calls, which are part of its turn.
    void ask(TrialWriter* writer, const JsonValue& message, const std::string& role) {
        for (const auto& call : message["tool_calls"].elements()) {
            const auto arguments = call["arguments"];
            Open open{{call["name"].text(), pieces_.simulation.cite(arguments), call["id"].text(),
                       arguments.is(JsonKind::object)},
                      call["requestor"].text_or(role),
                      {}};
            if (writer != nullptr) open.asked = writer->ask(open.call);
            open_.push_back(std::move(open));
        }
    }

    /// Each call was executed when its answer came.
    Result<void> answer(TrialWriter& writer, const JsonValue& message, std::size_t number) {
        const auto id = message["id"].text();
        const auto open = std::ranges::find(open_, id, [](const Open& one) { return one.call.id; });
        if (open == open_.end())
            return Error{
                fmt::format("message {} answers the call {}, which the message before it did not make",
                            number, json_quote(id)),
                "the messages of a simulation must be whole and in their order"};
        const ImportedAnswer given{pieces_.simulation.cite(message["content"]), message["error"].boolean()};
        if (open->asked)
            writer.execute(*open->asked, given);
        else
            writer.execute_for(open->caller, open->call, given);
        open_.erase(open);
        return {};
    }

    const Pieces& pieces_;
    JsonValue simulation_, task_, info_;
    Setting setting_;
    std::optional<EpisodeSpec> episode_;
    std::vector<Open> open_;
};

std::string_view piece_of(const ImportFile& file, const JsonValue& value) {
    return std::string_view(file.text).substr(value.begin(), value.end() - value.begin());
}

Result<void> split_file(const ImportFile& file, std::vector<ImportTrial>& trials) {
    const auto document = JsonDocument::parse(file.text);
    if (!document)
        return Error{fmt::format("read {}: {}", file.name, document.error().what), document.error().hint};
    const auto root = document->root();
    if (!root["info"].is(JsonKind::object) || !root["tasks"].is(JsonKind::array) ||
        !root["simulations"].is(JsonKind::array))
        return Error{fmt::format("read {}: it has no \"info\", \"tasks\" and \"simulations\"", file.name),
                     "name result files of tau2-bench, each whole"};
    std::map<std::string, JsonValue> tasks;
    for (const auto& task : root["tasks"].elements())
        tasks.emplace(task["id"].text(), task);
    std::size_t number = 0;
    for (const auto& simulation : root["simulations"].elements()) {
        const auto task = tasks.find(simulation["task_id"].text());
        if (task == tasks.end())
            return Error{fmt::format("read {}: simulation {} is of task {}, which is not among the tasks",
                                     file.name, number, json_quote(simulation["task_id"].text())),
                         "name result files of tau2-bench, each whole"};
        const std::vector<std::string_view> pieces{piece_of(file, simulation), piece_of(file, task->second),
                                                   piece_of(file, root["info"])};
        trials.push_back({imported_id(format, pieces), pieces});
        ++number;
    }
    return {};
}

class Tau2 final : public Importer {
public:
    bool wants(const ImportFile& file) const override {
        const auto document = JsonDocument::parse(file.text);
        return document && document->root()["simulations"].is(JsonKind::array);
    }

    Result<std::vector<ImportTrial>> split(const std::vector<ImportFile>& files) const override {
        std::vector<ImportTrial> trials;
        for (const auto& file : files) {
            if (auto good = split_file(file, trials); !good) return good.error();
        }
        return trials;
    }

    Result<ImportedTrajectory> read(const std::vector<std::string>& texts,
                                    const EpisodeOf& episode) const override {
        auto simulation = TrialPiece::parse(texts.at(0)), task = TrialPiece::parse(texts.at(1)),
             info = TrialPiece::parse(texts.at(2));
        for (const auto* piece : {&simulation, &task, &info}) {
            if (!*piece) return piece->error();
        }
        if (!simulation->root()["messages"].is(JsonKind::array))
            return Error{"the simulation has no \"messages\"",
                         "runs of voice agents, which have \"ticks\" instead, cannot be imported"};
        const Pieces pieces{*std::move(simulation), *std::move(task), *std::move(info)};
        return Trial(pieces, episode).run();
    }
};

}  // namespace

std::unique_ptr<Importer> make_tau2_importer() {
    return std::make_unique<Tau2>();
}

}  // namespace stet

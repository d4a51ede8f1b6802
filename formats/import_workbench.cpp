#include "formats/trial.hpp"

#include <fmt/format.h>

#include <map>

// WorkBench: <https://github.com/olly-styles/WorkBench>. One file holds the tasks, each with the calls that
// solve it; other files, line by line, what a model called, and what it said at last. The verdict compares
// the state after the calls with that after the task's, text without case. Which file is which, its content
// tells.

namespace stet {
namespace {

constexpr std::string_view format = "workbench";
constexpr std::string_view world = "workbench";

class Trial {
public:
    Trial(const TrialPiece& line, const TrialPiece& task, const EpisodeOf& episode)
        : line_(line), task_(task), ran_(line.root()), asked_(task.root()), episode_(episode(world)) {}

    ImportedTrajectory run() {
        TrialWriter writer(begin(), format, {ran_["model"].text()});
        writer.keep(line_, losses());
        writer.keep(task_);
        writer.check({"correct", verifier(), score_of(ran_["correct"])});
        writer.message("user", task_.cite(asked_["query"]));
        calls(writer);
        if (const auto last = ran_["final_output"]; last && !last.is(JsonKind::null)) {
            ImportedTurn turn;
            turn.text = line_.cite(last);
            writer.turn(turn);
        }
        return writer.finish(fmt::format("{} {}", task_id(), ran_["model"].text()), ending());
    }

private:
    std::string task_id() const { return fmt::format("{}:{}", world, asked_["id"].text()); }
    bool has_answers() const { return ran_["has_observations"].boolean().value_or(true); }

    Begin begin() const {
        Begin begin;
        begin.task_id = task_id();
        begin.instruction = asked_["query"].text();
        begin.source = std::string(format);
        begin.group = begin.task_id;
        if (const auto domain = asked_["domain"].text(); !domain.empty())
            begin.tags.emplace_back("domain", domain);
        begin.recorder = "stet " STET_VERSION;
        begin.episode = episode_;
        return begin;
    }

    std::vector<std::string> losses() const {
        std::vector<std::string> losses{"system prompt", "sampling", "times", "tool catalogue", "call ids"};
        if (!has_answers()) losses.emplace_back("what the tools answered");
        return losses;
    }

    std::string verifier() const {
        JsonWriter json;
        json.open('{').member("verifier", "state_equal").key("gold").open('[');
        for (const auto& action : asked_["expected_actions"].elements()) {
            const auto arguments = action["args"];
            json.open('{').member("tool", action["tool"].text()).key("arguments");
            json.raw(arguments ? arguments.raw() : "{}").close('}');
        }
        json.close(']').member("fold_case", true).key("keep_case").open('[');
        json.string("status").string("list_name").string("board").close(']').close('}');
        // A run that an error ended is not correct, whatever it did before.
        return declare_joined("product", {declare_ended({"success_claimed"}), json.take()});
    }

    /// One in a turn, as the harness had it; each was executed.
    void calls(TrialWriter& writer) const {
        std::size_t number = 0;
        for (const auto& call : ran_["calls"].elements()) {
            const auto arguments = call["args"], answer = call["observation"];
            writer.turn({});
            const auto asked = writer.ask({call["tool"].text(), line_.cite(arguments),
                                           fmt::format("call_{}", ++number), arguments.is(JsonKind::object)});
            if (answer && has_answers())
                writer.execute(asked, ImportedAnswer{line_.cite(answer), {}});
            else
                writer.execute(asked, {});
        }
    }

    Ending ending() const {
        const auto error = ran_["error"].text();
        if (error.empty()) return Ending::success_claimed;
        const auto says = [&](std::string_view text) { return error.find(text) != std::string::npos; };
        return says("iteration limit") || says("Context window") ? Ending::limit : Ending::crash;
    }

    const TrialPiece& line_;
    const TrialPiece& task_;
    JsonValue ran_, asked_;
    std::optional<EpisodeSpec> episode_;
};

using Tasks = std::map<std::string, std::string_view>;

/// The tasks of a file that holds some; false when it holds none.
bool take_tasks(const ImportFile& file, Tasks& tasks) {
    const auto document = JsonDocument::parse(file.text);
    if (!document) return false;
    const auto all = document->root().is(JsonKind::array) ? document->root() : document->root()["tasks"];
    bool any = false;
    for (const auto& task : all.elements()) {
        if (!task["expected_actions"].is(JsonKind::array)) continue;
        tasks[task["id"].text()] =
            std::string_view(file.text).substr(task.begin(), task.end() - task.begin());
        any = true;
    }
    return any;
}

Result<void> take_lines(const ImportFile& file, const Tasks& tasks, std::vector<ImportTrial>& trials) {
    const auto lines = json_records(file);
    if (!lines) return lines.error();
    std::size_t number = 0;
    for (const auto line : *lines) {
        ++number;
        const auto document = JsonDocument::parse(line);
        if (!document)
            return Error{fmt::format("read {}: record {}: {}", file.name, number, document.error().what),
                         document.error().hint};
        const auto root = document->root();
        if (!root["calls"].is(JsonKind::array) || !root["task"].is(JsonKind::string))
            return Error{
                fmt::format("read {}: record {}: it has no \"task\" and \"calls\"", file.name, number),
                "name files of runs, and the file of their tasks"};
        const auto task = tasks.find(root["task"].text());
        if (task == tasks.end())
            return Error{fmt::format("read {}: record {}: no file holds the task {}", file.name, number,
                                     json_quote(root["task"].text())),
                         "name the file of the tasks as well: stet import workbench RUNS TASKS"};
        const std::vector<std::string_view> pieces{line, task->second};
        trials.push_back({imported_id(format, pieces), pieces});
    }
    return {};
}

class Workbench final : public Importer {
public:
    bool wants(const ImportFile& file) const override {
        Tasks tasks;
        if (take_tasks(file, tasks)) return true;
        const auto record = first_record(file);
        return record && record->root()["task"].is(JsonKind::string) &&
               record->root()["calls"].is(JsonKind::array);
    }

    Result<std::vector<ImportTrial>> split(const std::vector<ImportFile>& files) const override {
        Tasks tasks;
        std::vector<const ImportFile*> runs;
        for (const auto& file : files) {
            if (!take_tasks(file, tasks)) runs.push_back(&file);
        }
        if (runs.empty() && !files.empty())
            return Error{fmt::format("read {}: there are tasks in it, but no runs", files.front().name),
                         "name files of runs as well"};
        std::vector<ImportTrial> trials;
        for (const auto* file : runs) {
            if (auto good = take_lines(*file, tasks, trials); !good) return good.error();
        }
        return trials;
    }

    Result<ImportedTrajectory> read(const std::vector<std::string>& texts,
                                    const EpisodeOf& episode) const override {
        const auto line = TrialPiece::parse(texts.at(0)), task = TrialPiece::parse(texts.at(1));
        if (!line) return line.error();
        if (!task) return task.error();
        return Trial(*line, *task, episode).run();
    }
};

}  // namespace

std::unique_ptr<Importer> make_workbench_importer() {
    return std::make_unique<Workbench>();
}

}  // namespace stet

#pragma once

#include <stet/door/formats.hpp>
#include <stet/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A piece of a trial, parsed: what is cited of it is cited by its range.
class TrialPiece {
public:
    [[nodiscard]] static Result<TrialPiece> parse(std::string text);
    JsonValue root() const { return document_->root(); }
    /// A string, or any other value as JSON.
    Slice cite(const JsonValue& value) const;
    const std::string& text() const { return *text_; }

private:
    std::shared_ptr<const std::string> text_;  // The document looks into it, wherever the piece goes.
    std::shared_ptr<const JsonDocument> document_;
    Payload payload_;
};

/// A call, as the file has it.
struct ImportedCall {
    std::string tool;
    Slice arguments;
    std::string id;
    bool valid = true;  ///< The arguments are a JSON object.
};

/// What a tool answered, as the file has it.
struct ImportedAnswer {
    Slice content;
    std::optional<bool> error;  ///< The harness's flag, or what its convention says.
};

/// What answered in a trial, as far as the file knows.
struct ImportedModel {
    std::string name;
    std::string sampling = "{}";  ///< A JSON object.
};

/// What a model did in one turn, but for its calls.
struct ImportedTurn {
    std::optional<Slice> text, reasoning;
    std::string finish_reason;
    Usage usage;
    std::optional<double> cost_usd;
};

/// A check whose verdict the file may hold. A score of 1 or 0 is pass or fail unless it is `graded`.
struct ImportedCheck {
    std::string name;
    std::string verifier;  ///< A declaration (docs/worlds.md).
    std::optional<double> recorded;
    bool graded = false;
};

/// Puts a trial's events together, in their order. Everything that a model did has the trial's record as its
/// cause, so that a transcript can be made of it.
class TrialWriter {
public:
    /// `format`: the importer's.
    TrialWriter(Begin begin, std::string_view format, ImportedModel model = {});

    /// When what follows happened, in microseconds since 1970-01-01 UTC; the first is when the trial began.
    void at(std::int64_t wall_us);
    /// What the task does to the world's state first: a JSON array of calls.
    void setup(std::string calls);
    void keep(const TrialPiece& piece, std::vector<std::string> losses = {});
    void check(ImportedCheck check);
    /// What a model or a person judged: carried over, with what they said for it.
    void judged(std::string name, std::string_view asked, std::optional<double> score,
                const std::optional<std::string>& because);

    /// What the model was told, or what somebody else put into its mouth.
    void message(std::string_view role, const Slice& content);
    /// The model's turn; its calls follow.
    void turn(const ImportedTurn& turn);
    /// Asked by the model in its turn, not (yet) executed.
    Seq ask(const ImportedCall& call);
    /// Executed; with what came of it, where the file says so. `asked`: the model's call.
    void execute(Seq asked, const std::optional<ImportedAnswer>& answer);
    /// Executed on behalf of somebody else than the agent ("user").
    void execute_for(const std::string& actor, const ImportedCall& call,
                     const std::optional<ImportedAnswer>& answer);

    ImportedTrajectory finish(std::string name, Ending ending);

private:
    void give(const ImportedCheck& check, VerifierKind kind);
    ToolCall call_of(const ImportedCall& call, Boundary boundary) const;
    Draft draft_of(EventBody body) const;
    Seq add(EventBody body, std::optional<Seq> cause = {}, std::string actor = "main");
    void open_turn();
    void take_told();
    Seq run(const ToolCall& call, const std::optional<ImportedAnswer>& answer, const std::string& actor);

    ImportedTrajectory made_;
    std::string format_;
    ImportedModel model_;
    Instant now_;
    std::int64_t begun_us_ = 0;
    std::optional<Seq> record_, model_call_;
    bool turn_open_ = false;
    std::vector<Draft> told_;      // Since the last turn; a model was asked only where another follows.
    std::vector<ToolCall> asked_;  // Beside `asked_at_`.
    std::vector<Seq> asked_at_;
    std::vector<Draft> verdicts_;  // They come at the end.
};

/// Made of the pieces and the format.
TrajectoryId imported_id(std::string_view format, const std::vector<std::string_view>& pieces);

/// The lines of a JSON Lines file that are not empty, or the elements of a JSON array.
[[nodiscard]] Result<std::vector<std::string_view>> json_records(const ImportFile& file);

/// The first of `json_records`, parsed; empty when it is no JSON. The file must outlive it.
std::optional<JsonDocument> first_record(const ImportFile& file);

/// A score as it stands in a result: a number, or a boolean.
std::optional<double> score_of(const JsonValue& value);

/// "2025-08-01T16:16:37.053887", with or without a zone (then: as if it were UTC), in microseconds since
/// 1970-01-01 UTC. Empty for anything else.
std::optional<std::int64_t> parse_time_us(std::string_view text);

// ---- verifiers' declarations ----

/// Of several: "product", "all", ….
std::string declare_joined(std::string_view how, const std::vector<std::string>& of);
std::string declare_ended(const std::vector<std::string_view>& as);
/// What is to be said, a JSON array of texts, by `among`. The commas of what was said do not count.
std::string declare_said(std::string_view expect, std::string_view among);

// One for each format.
std::unique_ptr<Importer> make_tau_bench_importer();
std::unique_ptr<Importer> make_tau2_importer();
std::unique_ptr<Importer> make_workbench_importer();

}  // namespace stet

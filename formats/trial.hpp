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

/// What a tool answered, as the file has it.
struct ImportedAnswer {
    Slice content;
    std::optional<bool> error;  ///< The harness's flag, or what its convention says.
};

/// Puts a trial's events together, in their order. Everything that a model did has the trial's record as its
/// cause, so that a transcript can be made of it.
class TrialWriter {
public:
    /// `format`: the importer's. `dialect`: how the transcript is to be read.
    TrialWriter(Begin begin, std::string_view format, std::string model);

    void keep(const TrialPiece& piece, std::vector<std::string> losses = {});
    /// A check whose verdict the file holds. A score of 1 or 0 is pass or fail unless it is `graded`.
    void check(std::string name, std::string verifier, std::optional<double> recorded, bool graded = false);

    void message(std::string_view role, const Slice& content);
    /// The model's turn: what it says, if anything; its calls follow.
    void turn(const std::optional<Slice>& text);
    /// Asked by the model in its turn, not (yet) executed.
    Seq ask(const std::string& tool, const Slice& arguments, const std::string& call_id);
    /// Executed; with what came of it, where the file says so. `asked`: the model's call.
    void execute(Seq asked, const std::optional<ImportedAnswer>& answer);
    /// Executed on behalf of somebody else than the agent ("user").
    void execute_for(const std::string& actor, const std::string& tool, const Slice& arguments,
                     const std::string& call_id, const std::optional<ImportedAnswer>& answer);

    ImportedTrajectory finish(std::string name, Ending ending);

private:
    Seq add(EventBody body, std::optional<Seq> cause = {}, std::string actor = "main");
    void open_turn();
    Seq run(const ToolCall& call, const std::optional<ImportedAnswer>& answer, const std::string& actor);

    ImportedTrajectory made_;
    std::string format_, model_;
    std::optional<Seq> record_, model_call_;
    bool turn_open_ = false;
    std::vector<ToolCall> asked_;  // Beside `asked_at_`.
    std::vector<Seq> asked_at_;
    std::vector<VerdictGiven> verdicts_;
};

/// Made of the pieces and the format.
TrajectoryId imported_id(std::string_view format, const std::vector<std::string_view>& pieces);

/// The lines of a JSON Lines file that are not empty, or the elements of a JSON array.
[[nodiscard]] Result<std::vector<std::string_view>> json_records(const ImportFile& file);

/// A score as it stands in a result: a number, or a boolean.
std::optional<double> score_of(const JsonValue& value);

// One for each format.
std::unique_ptr<Importer> make_tau_bench_importer();

}  // namespace stet

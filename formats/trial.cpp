#include "formats/trial.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet {

// ---- pieces ------------------------------------------------------------------------------------------

Result<TrialPiece> TrialPiece::parse(std::string text) {
    TrialPiece piece;
    piece.text_ = std::make_shared<const std::string>(std::move(text));
    auto document = JsonDocument::parse(*piece.text_);
    if (!document) return document.error();
    piece.document_ = std::make_shared<const JsonDocument>(*std::move(document));
    piece.payload_ = {sha256(*piece.text_), piece.text_->size()};
    return piece;
}

Slice TrialPiece::cite(const JsonValue& value) const {
    return {payload_, value.begin(), value.end() - value.begin(),
            value.is(JsonKind::string) ? Coding::json_string : Coding::json};
}

TrajectoryId imported_id(std::string_view format, const std::vector<std::string_view>& pieces) {
    Hasher hasher;
    hasher.update("stet import ").update(format);
    for (const auto piece : pieces) {
        // However it is indented.
        const auto canonical = canonical_json(piece);
        const auto text = canonical ? std::string_view(*canonical) : piece;
        hasher.update(fmt::format("\n{}\n", text.size())).update(text);
    }
    const auto digest = hasher.finish();
    TrajectoryId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

Result<std::vector<std::string_view>> json_records(const ImportFile& file) {
    std::vector<std::string_view> records;
    const std::string_view text = file.text;
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && text[first] == '[') {
        const auto document = JsonDocument::parse(text);
        if (!document)
            return Error{fmt::format("read {}: {}", file.name, document.error().what), document.error().hint};
        for (const auto& one : document->root().elements())
            records.push_back(text.substr(one.begin(), one.end() - one.begin()));
        return records;
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = text.substr(at, end - at);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.remove_suffix(1);
        if (!line.empty()) records.push_back(line);
        at = end + 1;
    }
    return records;
}

std::optional<double> score_of(const JsonValue& value) {
    if (const auto boolean = value.boolean()) return *boolean ? 1 : 0;
    return value.number();
}

// ---- writing -----------------------------------------------------------------------------------------

TrialWriter::TrialWriter(Begin begin, std::string_view format, std::string model)
    : format_(format), model_(std::move(model)) {
    add(std::move(begin));
}

Seq TrialWriter::add(EventBody body, std::optional<Seq> cause, std::string actor) {
    Draft draft;
    draft.actor = std::move(actor);
    draft.cause = cause;
    draft.fidelity = Fidelity::reconstructed;
    draft.body = std::move(body);
    made_.drafts.push_back(std::move(draft));
    return Seq{static_cast<std::uint32_t>(made_.drafts.size() - 1)};
}

void TrialWriter::keep(const TrialPiece& piece, std::vector<std::string> losses) {
    const auto seq = add(ImportedRecord{format_, {}, std::move(losses)});
    auto& draft = made_.drafts.back();
    draft.fidelity = Fidelity::exact;
    std::get<ImportedRecord>(draft.body).raw = draft.attach(piece.text());
    if (!record_) record_ = seq;
}

void TrialWriter::check(std::string name, std::string verifier, std::optional<double> recorded, bool graded) {
    CheckSpec spec;
    spec.name = name;
    spec.digest = sha256(name + "\n" + verifier);
    spec.verifier = std::move(verifier);
    add(std::move(spec));
    if (!recorded) return;
    const auto outcome = graded ? Outcome::score : *recorded >= 1 ? Outcome::pass : Outcome::fail;
    verdicts_.push_back({{.check = std::move(name),
                          .kind = VerifierKind::environment,
                          .outcome = outcome,
                          .score = recorded,
                          .why = "as recorded"},
                         {}});
}

void TrialWriter::open_turn() {
    if (turn_open_) return;
    model_call_ = add(ModelCall{.dialect = "imported", .model = model_, .sampling = "{}"}, record_);
    turn_open_ = true;
}

void TrialWriter::message(std::string_view role, const Slice& content) {
    open_turn();
    add(Message{std::string(role), content}, record_);
}

void TrialWriter::turn(const std::optional<Slice>& text) {
    open_turn();
    ModelResult result;
    result.call = *model_call_;
    result.model = model_;
    result.text = text;
    add(std::move(result), record_);
    turn_open_ = false;
}

Seq TrialWriter::ask(const std::string& tool, const Slice& arguments, const std::string& call_id) {
    ToolCall call;
    call.boundary = Boundary::model;
    call.peer = format_;
    call.call_id = call_id;
    call.tool = tool;
    call.arguments = arguments;
    asked_.push_back(call);
    asked_at_.push_back(add(std::move(call), record_));
    return asked_at_.back();
}

Seq TrialWriter::run(const ToolCall& call, const std::optional<ImportedAnswer>& answer,
                     const std::string& actor) {
    const auto seq = add(call, record_, actor);
    if (!answer) return seq;
    ToolResult result;
    result.call = seq;
    result.status = answer->error.value_or(false) ? ToolStatus::tool_error : ToolStatus::ok;
    result.content = answer->content;
    add(std::move(result), record_, actor);
    return seq;
}

void TrialWriter::execute(Seq asked, const std::optional<ImportedAnswer>& answer) {
    const auto at = static_cast<std::size_t>(std::ranges::find(asked_at_, asked) - asked_at_.begin());
    auto call = asked_.at(at);
    call.boundary = Boundary::tool;
    call.asked_by = asked;
    run(call, answer, "main");
    if (answer) add(Observation{asked, call.call_id, answer->content, answer->error}, record_);
}

void TrialWriter::execute_for(const std::string& actor, const std::string& tool, const Slice& arguments,
                              const std::string& call_id, const std::optional<ImportedAnswer>& answer) {
    ToolCall call;
    call.boundary = Boundary::tool;
    call.peer = format_;
    call.call_id = call_id;
    call.tool = tool;
    call.arguments = arguments;
    run(call, answer, actor);
}

ImportedTrajectory TrialWriter::finish(std::string name, Ending ending) {
    for (auto& verdict : verdicts_)
        add(std::move(verdict));
    add(End{ending, {}, {}});
    made_.name = std::move(name);
    return std::move(made_);
}

}  // namespace stet

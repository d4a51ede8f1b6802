#include "formats/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

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

std::optional<JsonDocument> first_record(const ImportFile& file) {
    const auto records = json_records(file);
    if (!records || records->empty()) return std::nullopt;
    auto document = JsonDocument::parse(records->front());
    return document ? std::optional(*std::move(document)) : std::nullopt;
}

std::optional<double> score_of(const JsonValue& value) {
    if (const auto boolean = value.boolean()) return *boolean ? 1 : 0;
    return value.number();
}

namespace {

/// The number that `digits` digits at `at` write, moving on.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
    int number = 0;
    for (const auto end = at + digits; at < end; ++at) {
        if (at >= text.size() || text[at] < '0' || text[at] > '9') return std::nullopt;
        number = number * 10 + (text[at] - '0');
    }
    return number;
}

/// "2025-08-01": two digits each but for the year, with `between` between them.
std::optional<std::array<int, 3>> read_three(std::string_view text, std::size_t& at, std::size_t first,
                                             char between) {
    std::array<int, 3> three{};
    for (std::size_t i = 0; i < three.size(); ++i) {
        if (i > 0 && (at >= text.size() || text[at++] != between)) return std::nullopt;
        const auto number = read_digits(text, at, i == 0 ? first : 2);
        if (!number) return std::nullopt;
        three.at(i) = *number;
    }
    return three;
}

std::int64_t read_fraction_us(std::string_view text, std::size_t& at) {
    std::int64_t us = 0, unit = 100'000;
    if (at >= text.size() || text[at] != '.') return 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
        us += unit * (text[at] - '0');
    return us;
}

/// "", "Z", "+02:00": in minutes.
std::optional<int> read_zone(std::string_view text, std::size_t at) {
    if (at == text.size() || text.substr(at) == "Z") return 0;
    const int sign = text[at] == '-' ? -1 : 1;
    if (text[at] != '+' && text[at] != '-') return std::nullopt;
    const auto hours = read_digits(text, ++at, 2);
    if (at < text.size() && text[at] == ':') ++at;
    const auto minutes = read_digits(text, at, 2);
    if (!hours || !minutes || at != text.size()) return std::nullopt;
    return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> parse_time_us(std::string_view text) {
    std::size_t at = 0;
    const auto date = read_three(text, at, 4, '-');
    if (!date || at >= text.size() || (text[at] != 'T' && text[at] != ' ')) return std::nullopt;
    const auto time = read_three(text, ++at, 2, ':');
    if (!time) return std::nullopt;
    const auto fraction = read_fraction_us(text, at);
    const auto zone = read_zone(text, at);
    const auto [year, month, day] = *date;
    const std::chrono::year_month_day calendar{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
    if (!zone || !calendar.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(calendar).time_since_epoch().count();
    const auto [hours, minutes, seconds] = *time;
    constexpr std::int64_t us_per_second = 1'000'000;
    const auto in_minutes = (std::int64_t{days} * 24 + hours) * 60 + minutes - *zone;
    return (in_minutes * 60 + seconds) * us_per_second + fraction;
}

// ---- writing -----------------------------------------------------------------------------------------

TrialWriter::TrialWriter(Begin begin, std::string_view format, ImportedModel model)
    : format_(format), model_(std::move(model)) {
    add(std::move(begin));
}

void TrialWriter::at(std::int64_t wall_us) {
    constexpr std::int64_t us_per_ms = 1000;
    if (now_.wall_ms == 0) {
        begun_us_ = wall_us;
        made_.begun_wall_ms = wall_us / us_per_ms;
    }
    now_ = {std::max<std::int64_t>(wall_us - begun_us_, 0), wall_us / us_per_ms};
}

Draft TrialWriter::draft_of(EventBody body) const {
    Draft draft;
    draft.at = now_;
    draft.fidelity = Fidelity::reconstructed;
    draft.body = std::move(body);
    return draft;
}

Seq TrialWriter::add(EventBody body, std::optional<Seq> cause, std::string actor) {
    auto draft = draft_of(std::move(body));
    draft.actor = std::move(actor);
    draft.cause = cause;
    made_.drafts.push_back(std::move(draft));
    return Seq{static_cast<std::uint32_t>(made_.drafts.size() - 1)};
}

void TrialWriter::setup(std::string calls) {
    auto& draft = made_.drafts.front();
    auto& begin = std::get<Begin>(draft.body);
    // Where the world is not here, nothing is begun in it.
    if (begin.episode) begin.episode->setup = draft.attach(std::move(calls));
}

void TrialWriter::keep(const TrialPiece& piece, std::vector<std::string> losses) {
    const auto seq = add(ImportedRecord{format_, {}, std::move(losses)});
    auto& draft = made_.drafts.back();
    draft.fidelity = Fidelity::exact;
    std::get<ImportedRecord>(draft.body).raw = draft.attach(piece.text());
    if (!record_) record_ = seq;
}

void TrialWriter::check(ImportedCheck check) {
    give(check, VerifierKind::environment);
}

void TrialWriter::give(const ImportedCheck& check, VerifierKind kind) {
    CheckSpec spec;
    spec.name = check.name;
    spec.digest = sha256(check.name + "\n" + check.verifier);
    spec.verifier = check.verifier;
    add(std::move(spec));
    if (!check.recorded) return;
    const auto outcome = check.graded ? Outcome::score : *check.recorded >= 1 ? Outcome::pass : Outcome::fail;
    verdicts_.push_back(draft_of(VerdictGiven{{.check = check.name,
                                               .kind = kind,
                                               .outcome = outcome,
                                               .score = check.recorded,
                                               .why = "as recorded"},
                                              {}}));
}

void TrialWriter::judged(std::string name, std::string_view asked, std::optional<double> score,
                         const std::optional<std::string>& because) {
    JsonWriter json;
    json.open('{').member("verifier", "recorded").member("asked", asked).close('}');
    if (because) {
        auto& draft =
            verdicts_.emplace_back(draft_of(Judgment{.model = {}, .prompt = {}, .rubric = sha256(asked)}));
        std::get<Judgment>(draft.body).answer = draft.attach(*because);
    }
    give({std::move(name), json.take(), score}, VerifierKind::judge);
}

void TrialWriter::open_turn() {
    if (turn_open_) return;
    model_call_ =
        add(ModelCall{.dialect = "imported", .model = model_.name, .sampling = model_.sampling}, record_);
    turn_open_ = true;
    take_told();
}

void TrialWriter::take_told() {
    for (auto& draft : told_)
        made_.drafts.push_back(std::move(draft));
    told_.clear();
}

void TrialWriter::message(std::string_view role, const Slice& content) {
    auto draft = draft_of(Message{std::string(role), content});
    draft.cause = record_;
    (turn_open_ ? made_.drafts : told_).push_back(std::move(draft));
}

void TrialWriter::turn(const ImportedTurn& turn) {
    open_turn();
    ModelResult result;
    result.call = *model_call_;
    result.model = model_.name;
    result.finish_reason = turn.finish_reason;
    result.usage = turn.usage;
    result.cost_usd = turn.cost_usd;
    result.text = turn.text;
    result.reasoning = turn.reasoning;
    add(std::move(result), record_);
    turn_open_ = false;
}

ToolCall TrialWriter::call_of(const ImportedCall& call, Boundary boundary) const {
    return {.boundary = boundary,
            .peer = format_,
            .call_id = call.id,
            .tool = call.tool,
            .arguments = call.arguments,
            .arguments_valid = call.valid,
            .asked_by = {}};
}

Seq TrialWriter::ask(const ImportedCall& call) {
    asked_.push_back(call_of(call, Boundary::model));
    asked_at_.push_back(add(asked_.back(), record_));
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

void TrialWriter::execute_for(const std::string& actor, const ImportedCall& call,
                              const std::optional<ImportedAnswer>& answer) {
    if (!told_.empty()) open_turn();
    run(call_of(call, Boundary::tool), answer, actor);
}

ImportedTrajectory TrialWriter::finish(std::string name, Ending ending) {
    take_told();
    for (auto& verdict : verdicts_) {
        verdict.at = now_;
        made_.drafts.push_back(std::move(verdict));
    }
    add(End{ending, {}, {}});
    made_.name = std::move(name);
    return std::move(made_);
}

}  // namespace stet

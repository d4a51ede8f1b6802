#include <stet/json.hpp>
#include <stet/readings.hpp>

#include <algorithm>
#include <array>

namespace stet {
namespace {

constexpr std::array<std::string_view, 9> fault_words = {
    "model", "tool", "environment", "transport", "provider", "harness", "verifier", "human", "unknown"};
constexpr std::array<std::string_view, 3> retry_words = {"transport", "identical", "modified"};

template <class Word, std::size_t n>
Word word_from(const std::array<std::string_view, n>& words, std::string_view text, Word fallback) {
    for (std::size_t i = 0; i < n; ++i) {
        if (words[i] == text) return static_cast<Word>(i);
    }
    return fallback;
}

void write_seqs(JsonWriter& json, const std::vector<Seq>& seqs) {
    json.open('[');
    for (const auto seq : seqs)
        json.integer(seq.value);
    json.close(']');
}

std::vector<Seq> read_seqs(const JsonValue& list) {
    std::vector<Seq> seqs;
    for (const auto& item : list.elements())
        seqs.push_back(Seq{static_cast<std::uint32_t>(item.integer().value_or(0))});
    return seqs;
}

std::uint32_t small(const JsonValue& value) {
    return static_cast<std::uint32_t>(value.integer().value_or(0));
}

void write_failure(JsonWriter& json, const Failure& failure) {
    json.open('{').key("number").integer(failure.number).key("at").integer(failure.at.value);
    json.key("step").integer(failure.step.value).key("class").string(failure.failure_class);
    json.key("fault").string(to_string(failure.fault)).key("what").string(failure.what).key("evidence");
    write_seqs(json, failure.evidence);
    json.close('}');
}

Failure read_failure(const JsonValue& value) {
    Failure failure;
    failure.number = small(value["number"]);
    failure.at = Seq{small(value["at"])};
    failure.step = Step{small(value["step"])};
    failure.failure_class = value["class"].text();
    failure.fault = word_from(fault_words, value["fault"].text(), Fault::unknown);
    failure.what = value["what"].text();
    failure.evidence = read_seqs(value["evidence"]);
    return failure;
}

}  // namespace

std::string_view to_string(Fault fault) {
    return fault_words[static_cast<std::size_t>(fault)];
}
std::string_view to_string(RetryKind kind) {
    return retry_words[static_cast<std::size_t>(kind)];
}

Ending read_ending(const End& end) {
    const bool failed = end.ending == Ending::unknown && end.exit_code.value_or(0) != 0;
    return failed ? Ending::gave_up : end.ending;
}

std::string to_json(const Readings& readings) {
    JsonWriter json;
    json.open('{').key("version").integer(readings.version).member("root", readings.root);
    json.key("failures").open('[');
    for (const auto& failure : readings.failures)
        write_failure(json, failure);
    json.close(']').key("retries").open('[');
    for (const auto& retry : readings.retries) {
        json.open('{').key("of").integer(retry.of).key("kind").string(to_string(retry.kind)).key("attempts");
        write_seqs(json, retry.attempts);
        json.close('}');
    }
    json.close(']').key("recoveries").open('[');
    for (const auto& recovery : readings.recoveries) {
        json.open('{').key("of").integer(recovery.of).key("by").integer(recovery.by.value);
        json.key("steps").integer(recovery.steps).close('}');
    }
    json.close(']').close('}');
    return json.take();
}

Result<Readings> parse_readings(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return document.error();
    const auto root = document->root();
    if (!root.is(JsonKind::object)) return Error{"read readings: not a JSON object", ""};
    Readings readings;
    readings.version = static_cast<int>(root["version"].integer().value_or(0));
    if (root["root"].is(JsonKind::string)) {
        const auto cited = parse_digest(root["root"].text());
        if (!cited) return cited.error();
        readings.root = *cited;
    }
    for (const auto& value : root["failures"].elements())
        readings.failures.push_back(read_failure(value));
    for (const auto& value : root["retries"].elements()) {
        readings.retries.push_back(
            {.of = small(value["of"]),
             .kind = word_from(retry_words, value["kind"].text(), RetryKind::identical),
             .attempts = read_seqs(value["attempts"])});
    }
    for (const auto& value : root["recoveries"].elements()) {
        readings.recoveries.push_back(
            {.of = small(value["of"]), .by = Seq{small(value["by"])}, .steps = small(value["steps"])});
    }
    // Numbers are used as indexes, and a log may be a stranger's.
    for (std::size_t i = 0; i < readings.failures.size(); ++i) {
        if (readings.failures[i].number != i)
            return Error{"read readings: failures are not numbered in order", ""};
    }
    const auto beyond = [&](const auto& one) { return one.of >= readings.failures.size(); };
    if (std::ranges::any_of(readings.retries, beyond) || std::ranges::any_of(readings.recoveries, beyond)) {
        return Error{"read readings: a retry or recovery of no failure", ""};
    }
    return readings;
}

}  // namespace stet

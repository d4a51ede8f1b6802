#include "replay/script.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

constexpr const char* fault_words =
    "429, 500, 529 (any status from 400 to 599), reset, cut, error_event, slow";

Error bad(const std::string& place, std::string_view what) {
    return {fmt::format("read script at {}: {}", place.empty() ? "/" : place, what),
            "docs/cli.md describes scripts"};
}

Result<Script::Fault> parse_fault(const JsonValue& value, const std::string& place) {
    Script::Fault fault;
    const auto kind =
        value["kind"].is(JsonKind::number) ? std::string(value["kind"].raw()) : value["kind"].text();
    if (kind == "reset")
        fault.kind = Script::FaultKind::reset;
    else if (kind == "cut")
        fault.kind = Script::FaultKind::cut;
    else if (kind == "error_event")
        fault.kind = Script::FaultKind::error_event;
    else if (kind == "slow")
        fault.kind = Script::FaultKind::slow;
    else if (kind.size() == 3 && kind >= "400" && kind <= "599" &&
             kind.find_first_not_of("0123456789") == std::string::npos) {
        fault.status = std::stoi(kind);
    } else {
        return bad(place + "/kind", fmt::format("'{}' is no fault; faults are {}", kind, fault_words));
    }
    if (!value["times"]) return fault;
    const auto times = value["times"].integer();
    constexpr std::int64_t times_max = 1000;
    if (!times || *times < 1 || *times > times_max) return bad(place + "/times", "it must be from 1 to 1000");
    fault.times = static_cast<std::uint32_t>(*times);
    return fault;
}

Result<Script::Turn> parse_turn(const JsonValue& value, const std::string& place) {
    if (!value.is(JsonKind::object)) return bad(place, "a turn is an object");
    Script::Turn turn;
    turn.text = value["text"].text();
    for (std::size_t i = 0; i < value["calls"].size(); ++i) {
        const auto call = value["calls"][i];
        const auto here = fmt::format("{}/calls/{}", place, i);
        if (call["tool"].text().empty()) return bad(here + "/tool", "a call names its tool");
        if (!call["arguments"].is(JsonKind::object))
            return bad(here + "/arguments", "arguments are an object");
        turn.calls.push_back({call["tool"].text(), std::string(call["arguments"].raw())});
    }
    for (std::size_t i = 0; i < value["faults"].size(); ++i) {
        auto fault = parse_fault(value["faults"][i], fmt::format("{}/faults/{}", place, i));
        if (!fault) return fault.error();
        turn.faults.push_back(*fault);
    }
    return turn;
}

}  // namespace

std::size_t Script::turn_for(std::size_t tool_results) const {
    std::size_t answered = 0;
    for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
        if (tool_results <= answered) return i;
        answered += turns[i].calls.size();
    }
    return turns.size() - 1;
}

const Script::Fault* Script::fault_for(std::size_t turn, std::uint32_t attempt) const {
    std::uint32_t struck = 0;
    for (const auto& fault : turns[turn].faults) {
        struck += fault.times;
        if (attempt <= struck) return &fault;
    }
    return nullptr;
}

Result<Script> parse_script(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return document.error();
    const auto root = document->root();
    if (!root.is(JsonKind::object)) return bad("", "a script is an object");
    Script script;
    script.model = root["model"].text_or("scripted");
    const auto turns = root["turns"];
    if (!turns.is(JsonKind::array) || turns.size() == 0)
        return bad("/turns", "a script has at least one turn");
    for (std::size_t i = 0; i < turns.size(); ++i) {
        auto turn = parse_turn(turns[i], fmt::format("/turns/{}", i));
        if (!turn) return turn.error();
        script.turns.push_back(*std::move(turn));
    }
    return script;
}

}  // namespace stet

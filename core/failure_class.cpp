#include "core/failure_class.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace stet {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string first_line(std::string_view text) {
    while (!text.empty() && (text.front() == '\n' || text.front() == ' '))
        text.remove_prefix(1);
    auto line = text.substr(0, text.find('\n'));
    constexpr std::size_t shown_bytes_max = 160;
    if (line.size() > shown_bytes_max) {
        auto cut = shown_bytes_max;
        while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U)
            --cut;
        return std::string(line.substr(0, cut)) + "…";
    }
    return std::string(line);
}

/// The number after `lead`, when `text` has `lead` at `at`.
std::optional<int> number_after(std::string_view text, std::size_t at, std::string_view lead) {
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + lead.size());
    while (!text.empty() && (text.front() == ' ' || text.front() == ':'))
        text.remove_prefix(1);
    int value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

std::set<std::string> words_of(std::string_view command) {
    std::set<std::string> words;
    while (!command.empty()) {
        const auto begin = command.find_first_not_of(" \t\n;&|");
        if (begin == std::string_view::npos) break;
        command.remove_prefix(begin);
        const auto end = std::min(command.find_first_of(" \t\n;&|"), command.size());
        words.emplace(command.substr(0, end));
        command.remove_prefix(end);
    }
    return words;
}

bool share_half_of_their_words(std::string_view one, std::string_view other) {
    const auto a = words_of(one), b = words_of(other);
    if (a.empty() || b.empty()) return false;
    std::size_t shared = 0;
    for (const auto& word : a)
        shared += b.count(word);
    return shared * 2 >= std::max(a.size(), b.size());
}

bool names_a_command(std::string_view key) {
    return key == "command" || key == "cmd" || key == "script";
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// What separates a status from the word before it: `status: 503`, `"status":503`, `HTTP/1.1 503`.
std::string_view without_separators(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == ':' || text.back() == '=' ||
                             text.back() == '"' || text.back() == '(' || text.back() == '#'))
        text.remove_suffix(1);
    return text;
}

bool ends_like_status(std::string_view before) {
    std::string end;
    for (const char c :
         without_separators(before.substr(before.size() - std::min<std::size_t>(before.size(), 40))))
        end += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    static constexpr std::array<std::string_view, 12> words = {
        "http",       "http/1.0",    "http/1.1",    "http/2",     "http/3",        "status",
        "statuscode", "status code", "status_code", "http error", "response code", "error code"};
    return std::ranges::any_of(words, [&](std::string_view word) {
        if (!end.ends_with(word)) return false;
        return end.size() == word.size() || !is_letter_or_digit(end[end.size() - word.size() - 1]);
    });
}

bool begins_with_reason(std::string_view after) {
    static constexpr std::array<std::string_view, 7> reasons = {
        "service unavailable", "service temporarily",  "bad gateway",          "gateway timeout",
        "gateway time-out",    "(service unavailable", ": service unavailable"};
    std::string front;
    after.remove_prefix(std::min(after.find_first_not_of(' '), after.size()));
    for (const char c : after.substr(0, 24))
        front += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::ranges::any_of(reasons, [&](std::string_view reason) { return front.starts_with(reason); });
}

/// Members that say how or why, not on what.
bool is_trivial(std::string_view key, std::string_view value) {
    return value.size() < 3 || key == "description" || key == "instruction" || key == "mode" ||
           key == "encoding";
}

}  // namespace

std::optional<Classified> classify_status(int status, std::string_view peer) {
    if (status < 400) return std::nullopt;
    const bool providers = status == 408 || status == 409 || status == 429 || status >= 500;
    return Classified{fmt::format("http_{}", status), providers ? Fault::provider : Fault::harness,
                      fmt::format("{} answered {}", peer, status)};
}

Classified classify_transport(const TransportError& error) {
    const auto told =
        error.detail.empty() ? fmt::format("{} while in phase {}", error.kind, error.phase) : error.detail;
    // What the recorder answered itself, and what it cut because the agent had ended, is nobody else's doing.
    if (error.by == Side::recorder)
        return {error.answered_status != 0 ? "refused_by_recorder" : "cut_by_recorder", Fault::harness, told};
    if (error.by == Side::agent && error.kind == "malformed")
        return {"malformed_request", Fault::harness, told};
    if (error.by == Side::agent) return {"agent_hung_up", Fault::harness, told};
    if (error.phase == "body") return {"stream_cut", Fault::transport, told};
    if (error.kind == "malformed") return {"malformed_answer", Fault::provider, told};
    if (error.kind == "closed") return {"closed_before_answer", Fault::transport, told};
    if (error.kind == "tls") return {"tls", Fault::transport, told};
    return {"connection_" + error.kind, Fault::transport, told};
}

Classified classify_tool_text(std::string_view tool, std::string_view text, ToolStatus status) {
    const auto line = fmt::format("{}: {}", tool, first_line(text));
    if (status == ToolStatus::unknown_tool) return {"unknown_tool", Fault::model, line};
    if (status == ToolStatus::timeout) return {"tool_timeout", Fault::tool, line};
    if (status == ToolStatus::cancelled) return {"tool_cancelled", Fault::unknown, line};
    if (const auto code = failing_exit_code(text)) {
        const bool not_found = *code == 127 || *code == 126;
        return {not_found ? "command_not_found" : "command_failed", not_found ? Fault::model : Fault::unknown,
                line};
    }
    struct Sign {
        std::string_view text, failure_class;
        Fault fault;
    };
    static constexpr std::array<Sign, 9> refusals = {{
        {"-32602", "invalid_arguments", Fault::model},
        {"nvalid arguments", "invalid_arguments", Fault::model},
        {"not found", "not_found", Fault::model},
        {"ENOENT", "not_found", Fault::model},
        {"No such file", "not_found", Fault::model},
        {"does not exist", "not_found", Fault::model},
        {"ould not find", "not_found", Fault::model},
        {"EEXIST", "conflict", Fault::model},
        {"denied", "denied", Fault::model},
    }};
    for (const auto& sign : refusals) {
        if (contains(text, sign.text)) return {std::string(sign.failure_class), sign.fault, line};
    }
    if (names_status(text, 502) || names_status(text, 503) || names_status(text, 504))
        return {"unavailable", Fault::environment, line};
    if (contains(text, "timed out") || contains(text, "imeout")) return {"tool_timeout", Fault::tool, line};
    if (status == ToolStatus::protocol_error) return {"protocol_error", Fault::tool, line};
    return {"tool_error", Fault::unknown, line};
}

std::optional<int> failing_exit_code(std::string_view text) {
    static constexpr std::array<std::string_view, 4> at_the_front = {"exit ", "Exit code", "exit code",
                                                                     "exit status"};
    for (const auto lead : at_the_front) {
        if (!text.starts_with(lead)) continue;
        const auto code = number_after(text, 0, lead);
        if (code) return *code == 0 ? std::nullopt : code;
    }
    static constexpr std::array<std::string_view, 4> at_the_back = {
        "Command exited with code", "Process exited with code", "\nExit Code:", "\nExit code:"};
    const auto tail = text.substr(text.size() - std::min<std::size_t>(text.size(), 400));
    for (const auto lead : at_the_back) {
        const auto code = number_after(tail, tail.rfind(lead), lead);
        if (code) return *code == 0 ? std::nullopt : code;
    }
    return std::nullopt;
}

bool names_status(std::string_view text, int status) {
    const auto number = std::to_string(status);
    for (auto at = text.find(number); at != std::string_view::npos; at = text.find(number, at + 1)) {
        const auto before = text.substr(0, at), after = text.substr(at + number.size());
        if (!before.empty() && (is_letter_or_digit(before.back()) || before.back() == '.')) continue;
        if (!after.empty() && is_letter_or_digit(after.front())) continue;
        if (ends_like_status(before) || begins_with_reason(after)) return true;
    }
    return false;
}

bool is_tool_refusal(std::string_view text) {
    static constexpr std::array<std::string_view, 8> fronts = {
        "Error: ",      "error: ",     "<tool_use_error>", "Could not find", "ENOENT", "old_string not found",
        "unknown tool", "Unknown tool"};
    return std::any_of(fronts.begin(), fronts.end(), [&](auto front) { return text.starts_with(front); });
}

bool is_same_aim(std::string_view failed_arguments, std::string_view arguments) {
    if (failed_arguments == arguments) return true;
    const auto a = JsonDocument::parse(failed_arguments), b = JsonDocument::parse(arguments);
    if (!a || !b) return false;
    for (const auto& [key, value] : a->root().members()) {
        const auto other = b->root()[key];
        if (!value.is(JsonKind::string) || !other.is(JsonKind::string)) continue;
        const auto one = value.text(), two = other.text();
        if (names_a_command(key) && share_half_of_their_words(one, two)) return true;
        if (!names_a_command(key) && one == two && !is_trivial(key, one)) return true;
    }
    return false;
}

}  // namespace stet

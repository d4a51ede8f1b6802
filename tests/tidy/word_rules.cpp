#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace stet::tidy {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return out;
}

// Written in halves, so that this file does not find itself.
const std::vector<std::string>& unfinished() {
    static const std::vector<std::string> words = {
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X",
        "HA"
        "CK"};
    return words;
}

std::vector<std::string_view> identifiers_in(std::string_view code) {
    std::vector<std::string_view> found;
    for (std::size_t i = 0; i < code.size();) {
        auto end = i;
        while (end < code.size() && is_word(code[end]))
            ++end;
        if (end > i) found.push_back(code.substr(i, end - i));
        i = std::max(end, i + 1);
    }
    return found;
}

std::string wrong_with(std::string_view identifier, bool worlds) {
    constexpr std::array<std::string_view, 5> empty = {"Manager", "Helper", "Helpers", "Util", "Utils"};
    constexpr std::array<std::string_view, 2> twins = {"rollout", "mock"};
    for (const auto word : empty) {
        if (identifier.ends_with(word)) return "says nothing: name what it is";
    }
    const auto plain = lower(identifier);
    for (const auto word : twins) {
        if (plain == word || plain.starts_with(std::string(word) + "_")) return "has another word here";
    }
    if (!worlds && plain.find("episode") != std::string::npos) return "is a word for worlds: say trajectory";
    return {};
}

/// An episode is one pass through a world: whoever says the one word says the other.
bool speaks_of_worlds(const Source& source) {
    return source.path.find("env") != std::string::npos || source.text.find("world") != std::string::npos;
}

std::string strip_code(std::string_view line) {
    std::string out;
    bool code = false;
    for (const char c : line) {
        if (c == '`') code = !code;
        out += code ? ' ' : c;
    }
    return out;
}

// Targets of [text](target) in a line.
std::vector<std::string> links_in(const std::string& line) {
    std::vector<std::string> links;
    for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
        const auto end = line.find(')', at);
        if (end == std::string::npos) break;
        links.push_back(line.substr(at + 2, end - at - 2));
    }
    return links;
}

bool leads_somewhere(const Source& source, std::string link, const std::vector<std::string>& paths) {
    link = link.substr(0, link.find('#'));
    link = link.substr(0, link.find(' '));  // [a](b "title")
    if (link.empty() || link.find("://") != std::string::npos || link.starts_with("mailto:")) return true;
    const auto folder = std::filesystem::path(source.path).parent_path();
    auto target = (folder / link).lexically_normal().generic_string();
    if (target.ends_with('/')) target.pop_back();
    return std::ranges::any_of(paths, [&](const auto& path) { return is_under(path, target); });
}

}  // namespace

Findings check_words(const Source& source) {
    Findings findings;
    for (const auto& word : unfinished()) {
        for (const auto at : find_word(source.text, word)) {
            findings.push_back({source.path, line_of(source.text, at), word + " says that this is not done"});
        }
    }
    const bool worlds = speaks_of_worlds(source);
    const std::string_view code = source.code;
    for (const auto identifier : identifiers_in(code)) {
        const auto wrong = wrong_with(identifier, worlds);
        if (wrong.empty()) continue;
        const auto at = static_cast<std::size_t>(identifier.data() - code.data());
        findings.push_back({source.path, line_of(code, at), std::string(identifier) + " " + wrong});
    }
    return findings;
}

Findings check_markdown(const Source& source, const std::vector<std::string>& paths) {
    Findings findings;
    if (!source.path.ends_with(".md")) return findings;
    std::size_t number = 0, titles = 0;
    bool fenced = false;
    for (const auto line : lines_of(source.text)) {
        ++number;
        if (trimmed(line).starts_with("```")) fenced = !fenced;
        if (fenced) continue;
        if (line.starts_with("# ")) ++titles;
        for (const auto& link : links_in(strip_code(line))) {
            if (!leads_somewhere(source, link, paths))
                findings.push_back({source.path, number, link + " leads nowhere"});
        }
    }
    if (titles != 1)
        findings.push_back({source.path, 0, "has " + std::to_string(titles) + " titles instead of one"});
    return findings;
}

Findings check_listed(const std::vector<Source>& tree) {
    std::string shared;  // What cmake/ lists stands there by its whole path.
    for (const auto& source : tree) {
        if (is_under(source.path, "cmake")) shared += source.text;
    }
    std::map<std::string, const Source*> lists;
    for (const auto& source : tree) {
        const std::filesystem::path path = source.path;
        if (path.filename() == "CMakeLists.txt") lists[path.parent_path().generic_string()] = &source;
    }
    Findings findings;
    for (const auto& source : tree) {
        if (!source.path.ends_with(".cpp")) continue;
        const std::filesystem::path path = source.path;
        auto folder = path.parent_path();
        while (!folder.empty() && !lists.contains(folder.generic_string()))
            folder = folder.parent_path();
        const auto list = lists.find(folder.generic_string());
        const auto name = path.lexically_relative(folder.empty() ? "." : folder).generic_string();
        const bool here = list != lists.end() && !find_word(list->second->text, name).empty();
        const bool listed = here || !find_word(shared, source.path).empty();
        if (!listed) findings.push_back({source.path, 0, "stands in no CMakeLists.txt"});
    }
    return findings;
}

}  // namespace stet::tidy

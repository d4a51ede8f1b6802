#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace stet::tidy {
namespace {

// What a brace opens, told by the text between it and the last `;`, `{` or `}`.
enum class Opens { scope, function, other };

bool has_any_word(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return !find_word(text, word).empty(); });
}

// Of text that brackets nest in: the same with everything inside round brackets blanked.
std::string flatten(std::string_view text) {
    std::string flat(text);
    int depth = 0;
    for (auto& c : flat) {
        if (c == ')') --depth;
        if (depth > 0) c = ' ';
        if (c == '(') ++depth;
    }
    return flat;
}

Opens what_opens(std::string_view header) {
    constexpr std::array<std::string_view, 5> scopes = {"namespace", "class", "struct", "union", "extern"};
    const auto flat = flatten(header);
    const auto closing = flat.rfind(')');
    const bool callable = closing != std::string::npos && flat.find('=', closing) == std::string::npos;
    if (callable) return Opens::function;
    return has_any_word(flat, scopes) ? Opens::scope : Opens::other;
}

std::size_t matching_brace(std::string_view code, std::size_t open) {
    int depth = 0;
    for (auto i = open; i < code.size(); ++i) {
        if (code[i] == '{') ++depth;
        if (code[i] == '}' && --depth == 0) return i;
    }
    return code.size();
}

// Past the body, and for constructors past the braces of `: a_{x}, b_{y}` before it.
std::size_t end_of_function(std::string_view code, std::size_t open) {
    auto end = matching_brace(code, open);
    while (end < code.size()) {
        const auto next = code.find_first_not_of(" \t\n", end + 1);
        if (next == std::string_view::npos || (code[next] != ',' && code[next] != '{')) break;
        const auto brace = code.find('{', next);
        if (brace == std::string_view::npos) break;
        end = matching_brace(code, brace);
    }
    return end;
}

bool is_access(std::string_view word) {
    return word == "public" || word == "private" || word == "protected";
}

struct Span {
    std::size_t begin, end;
};

// Functions at namespace and class scope.
std::vector<Span> functions_in(std::string_view code) {
    std::vector<Span> functions;
    std::size_t begin = 0;  // Of the declaration that is being read.
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool label = code[i] == ':' && is_access(trimmed(code.substr(begin, i - begin)));
        if (code[i] == ';' || code[i] == '}' || label) begin = i + 1;
        if (code[i] != '{') continue;
        const auto opens = what_opens(code.substr(begin, i - begin));
        if (opens == Opens::function) {
            const auto first = code.find_first_not_of(" \t\n", begin);
            i = end_of_function(code, i);
            functions.push_back({first, i});
        } else if (opens == Opens::other) {
            i = matching_brace(code, i);
        }
        begin = i + 1;
    }
    return functions;
}

std::string too_long(std::string_view what, std::size_t lines, std::size_t max) {
    return std::string(what) + " has " + std::to_string(lines) + " lines; " + std::to_string(max) +
           " are allowed";
}

// Does this brace begin a block of statements, or a value? Told by the statement so far.
bool opens_block(std::string_view statement) {
    constexpr std::array<std::string_view, 5> scopes = {"namespace", "class", "struct", "enum", "union"};
    constexpr std::array<std::string_view, 3> bare = {"else", "do", "try"};
    constexpr std::array<std::string_view, 4> after = {"const", "noexcept", "override", "mutable"};
    auto text = trimmed(statement);
    if (text.empty() || has_any_word(text, scopes) || std::ranges::find(bare, text) != bare.end())
        return true;
    if (text.ends_with(':')) return true;
    if (const auto arrow = text.rfind("->");
        arrow != std::string_view::npos && text.substr(0, arrow).ends_with(") ")) {
        return true;
    }
    for (bool again = true; again;) {
        again = false;
        for (const auto word : after) {
            if (!text.ends_with(word)) continue;
            text = trimmed(text.substr(0, text.size() - word.size()));
            again = true;
        }
    }
    return text.ends_with(')');
}

// Statements of a blanked text; those of blocks inside are statements of their own.
std::vector<Span> statements_in(std::string_view code) {
    std::vector<Span> statements;
    std::size_t begin = 0;
    int nested = 0;  // Round brackets, and braces of values.
    std::string open;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        const bool block = c == '{' && nested == 0 && opens_block(code.substr(begin, i - begin));
        const bool ends = nested == 0 && (c == ';' || c == '}' || block);
        if (ends) {
            statements.push_back({begin, i});
            begin = i + 1;
        } else if (c == '(' || c == '{') {
            ++nested;
        } else if ((c == ')' || c == '}') && nested > 0) {
            --nested;
        }
    }
    return statements;
}

std::size_t code_points(std::string_view line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_prose_or_data(const Source& source) {
    return source.path.ends_with(".md") || source.path.ends_with(".json") || source.path.ends_with("LICENSE");
}

}  // namespace

Findings check_function_lines(const Source& source) {
    Findings findings;
    for (const auto& [begin, end] : functions_in(source.code)) {
        const auto first = line_of(source.code, begin);
        const auto lines = line_of(source.code, end) - first + 1;
        if (lines > function_lines_max) {
            findings.push_back({source.path, first, too_long("the function", lines, function_lines_max)});
        }
    }
    return findings;
}

Findings check_shell_function_lines(const Source& source) {
    Findings findings;
    std::size_t number = 0, first = 0;
    for (const auto line : lines_of(source.text)) {
        ++number;
        if (line.ends_with("() {") && line[0] != ' ') first = number;
        if (line != "}" || first == 0) continue;
        const auto lines = number - first + 1;
        if (lines > function_lines_max) {
            findings.push_back({source.path, first, too_long("the function", lines, function_lines_max)});
        }
        first = 0;
    }
    return findings;
}

Findings check_file_lines(const Source& source) {
    const auto lines = lines_of(source.text).size();
    if (lines <= file_lines_max || is_prose_or_data(source)) return {};
    return {{source.path, 0, too_long("the file", lines, file_lines_max)}};
}

Findings check_columns(const Source& source) {
    Findings findings;
    if (is_prose_or_data(source)) return findings;
    std::size_t number = 0;
    for (const auto line : lines_of(source.text)) {
        ++number;
        const auto columns = code_points(line);
        if (columns > columns_max) {
            findings.push_back({source.path, number,
                                "the line has " + std::to_string(columns) + " columns; " +
                                    std::to_string(columns_max) + " are allowed"});
        }
    }
    return findings;
}

Findings check_co_await(const Source& source) {
    Findings findings;
    for (const auto& [begin, end] : statements_in(source.code)) {
        const auto statement = std::string_view(source.code).substr(begin, end - begin);
        const auto awaits = find_word(statement, "co_await");
        if (awaits.empty() || statement.find('{') == std::string_view::npos) continue;
        findings.push_back({source.path, line_of(source.code, begin + awaits[0]),
                            "a statement with co_await holds braces: name the value or the closure first"});
    }
    return findings;
}

}  // namespace stet::tidy

#include "workspace/shell_words.hpp"

#include "workspace/shell_lexer.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace stet::workspace {
namespace {

using Kind = ShellToken::Kind;
using Words = std::span<const ShellToken>;

constexpr std::size_t command_bytes_max = 256u << 10;
constexpr int nesting_max = 8;

/// A program that calls the program in its own arguments.
struct Caller {
    std::string_view name;
    std::string_view options_with_value;  ///< Letters: `-u NAME`.
    std::size_t operands;                 ///< Its own, before the program: `timeout 10 make`.
    bool listed;                          ///< Does it do work of its own?
};
constexpr std::array callers{
    Caller{"env", "uCS", 0, false},        Caller{"exec", "a", 0, false},
    Caller{"command", "", 0, false},       Caller{"builtin", "", 0, false},
    Caller{"time", "fo", 0, false},        Caller{"nice", "n", 0, false},
    Caller{"nohup", "", 0, false},         Caller{"setsid", "", 0, false},
    Caller{"ionice", "cnp", 0, false},     Caller{"timeout", "ks", 1, false},
    Caller{"stdbuf", "ioe", 0, false},     Caller{"sudo", "ughpCTUDRrt", 0, false},
    Caller{"doas", "uC", 0, false},        Caller{"taskset", "", 1, false},
    Caller{"chrt", "", 1, false},          Caller{"xargs", "InPdLsaE", 0, true},
    Caller{"xvfb-run", "nsefpw", 0, true},
};

/// A program that calls another one after a word of its own: `uv run pytest`. Whether that one is
/// found on PATH is another question.
struct Runner {
    std::string_view name, word;
};
constexpr std::array runners{Runner{"uv", "run"},      Runner{"poetry", "run"},  Runner{"pipenv", "run"},
                             Runner{"hatch", "run"},   Runner{"pdm", "run"},     Runner{"rye", "run"},
                             Runner{"conda", "run"},   Runner{"pnpm", "exec"},   Runner{"npm", "exec"},
                             Runner{"bundle", "exec"}, Runner{"coverage", "run"}};

bool is_builtin(std::string_view word) {
    static constexpr std::array<std::string_view, 43> builtins{
        ".",        ":",       "[",    "[[",       "]]",     "alias",  "bg",    "break",  "cd",
        "continue", "declare", "dirs", "disown",   "echo",   "eval",   "exit",  "export", "false",
        "fg",       "getopts", "hash", "jobs",     "kill",   "let",    "local", "popd",   "printf",
        "pushd",    "pwd",     "read", "readonly", "return", "set",    "shift", "shopt",  "source",
        "test",     "times",   "trap", "true",     "type",   "ulimit", "umask"};
    static constexpr std::array<std::string_view, 4> more{"unalias", "unset", "wait", "typeset"};
    return std::find(builtins.begin(), builtins.end(), word) != builtins.end() ||
           std::find(more.begin(), more.end(), word) != more.end();
}

/// A keyword after which a command begins (or nothing comes).
bool is_keyword(const ShellToken& token) {
    static constexpr std::array<std::string_view, 13> keywords{
        "if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "esac"};
    return !token.quoted && std::find(keywords.begin(), keywords.end(), token.text) != keywords.end();
}

/// A keyword whose words are no command.
bool begins_list(const ShellToken& token) {
    static constexpr std::array<std::string_view, 4> keywords{"for", "case", "select", "function"};
    return !token.quoted && std::find(keywords.begin(), keywords.end(), token.text) != keywords.end();
}

bool is_assignment(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    const auto name = std::string_view(text).substr(0, equals);
    const auto fits = [](char c) {
        return c == '_' || c == '+' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
    };
    return (name[0] < '0' || name[0] > '9') && std::all_of(name.begin(), name.end(), fits);
}

bool is_shell(std::string_view name) {
    return name == "sh" || name == "bash" || name == "dash" || name == "zsh" || name == "ksh" ||
           name == "ash";
}

std::string base_name(const std::string& word) {
    return word.substr(word.rfind('/') + 1);
}

class Reader {
public:
    void command(std::string_view text, int nesting) {
        if (nesting > nesting_max || text.size() > command_bytes_max) return;
        const auto lexed = lex_shell(text);
        const auto& tokens = lexed.tokens;
        std::vector<ShellToken> words;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const auto& token = tokens[i];
            if (token.kind == Kind::redirect) {
                if (i + 1 < tokens.size() && tokens[i + 1].kind == Kind::word) ++i;
            } else if (token.kind == Kind::word) {
                words.push_back(token);
                const bool begins_case = words[0].text == "case" && token.text == "in" && !words[0].quoted;
                if (begins_case) {
                    i = end_of_pattern(tokens, i + 1);
                    words.clear();
                }
            } else {
                const bool defines = token.kind == Kind::open && !words.empty();
                if (defines) functions_.insert(words.back().text);
                if (!defines) simple(words, nesting, true);
                words.clear();
                if (token.text.starts_with(";;")) i = end_of_pattern(tokens, i + 1);
            }
        }
        simple(words, nesting, true);
        for (const auto& nested : lexed.nested)
            command(nested, nesting + 1);
    }

    std::vector<ProgramWord> take() { return std::move(found_); }

private:
    /// The last token of a case's pattern: what stands from `at` up to the parenthesis is no command.
    static std::size_t end_of_pattern(const std::vector<ShellToken>& tokens, std::size_t at) {
        while (at < tokens.size() && tokens[at].text == "\n")
            ++at;
        const bool ends = at < tokens.size() && tokens[at].text == "esac";
        while (!ends && at < tokens.size() && tokens[at].kind != Kind::close)
            ++at;
        return ends ? at - 1 : at;
    }

    void simple(Words words, int nesting, bool certain) {
        while (!words.empty() && (is_keyword(words[0]) || is_assignment(words[0].text)))
            words = words.subspan(1);
        if (words.empty() || begins_list(words[0]) || !words[0].literal) return;
        const auto& first = words[0].text;
        const auto caller = std::find_if(callers.begin(), callers.end(),
                                         [&](const Caller& known) { return known.name == base_name(first); });
        if (caller != callers.end()) {
            if (caller->listed) add(first, certain);
            return simple(after_options(words.subspan(1), *caller), nesting, certain);
        }
        if (first == "cd" && words.size() > 1) return change_directory(words[1]);
        if (first == "eval") return evaluate(words.subspan(1), nesting);
        if (is_builtin(first) || functions_.contains(first)) return;
        add(first, certain);
        if (is_shell(base_name(first))) return shell(words.subspan(1), nesting);
        called_by_runner(words, nesting);
    }

    /// What remains behind the caller's own options, assignments and operands.
    static Words after_options(Words words, const Caller& caller) {
        auto operands = caller.operands;
        bool options = true;
        while (!words.empty()) {
            const auto& text = words[0].text;
            std::size_t own = 1;
            if (options && text == "--") {
                options = false;
            } else if (options && text.size() > 1 && text[0] == '-') {
                const bool letter = text.size() == 2;
                if (letter && caller.options_with_value.find(text[1]) != std::string_view::npos) own = 2;
            } else if (!is_assignment(text)) {
                if (operands == 0) break;
                --operands;
            }
            words = words.subspan(std::min(words.size(), own));
        }
        return words;
    }

    void change_directory(const ShellToken& to) {
        if (!to.literal || to.text.empty() || to.text == "-") return;
        directory_ = to.text[0] == '/' || directory_.empty() ? to.text : directory_ + '/' + to.text;
    }

    void evaluate(Words words, int nesting) {
        std::string text;
        for (const auto& word : words)
            text.append(word.text).append(" ");
        command(text, nesting + 1);
    }

    /// `bash -lc 'make test'`
    void shell(Words words, int nesting) {
        for (std::size_t i = 0; i + 1 < words.size() && words[i].text.starts_with('-'); ++i) {
            const auto& option = words[i].text;
            const bool here = !option.starts_with("--") && option.ends_with('c');
            if (here) return command(words[i + 1].text, nesting + 1);
        }
    }

    void called_by_runner(Words words, int nesting) {
        const auto name = base_name(words[0].text);
        if (name == "npx" || name == "uvx" || name == "pipx" || name == "bunx")
            return guess(words.subspan(1), nesting);
        const auto calls = [&](const Runner& runner) {
            return runner.name == name && words.size() > 2 && words[1].text == runner.word;
        };
        if (std::any_of(runners.begin(), runners.end(), calls)) guess(words.subspan(2), nesting);
    }

    void guess(Words words, int nesting) {
        while (!words.empty() && words[0].text.starts_with('-'))
            words = words.subspan(1);
        simple(words, nesting, false);
    }

    void add(const std::string& word, bool certain) {
        const ProgramWord program{word, word.find('/') == std::string::npos ? "" : directory_, certain};
        if (std::find(found_.begin(), found_.end(), program) == found_.end()) found_.push_back(program);
    }

    std::vector<ProgramWord> found_;
    std::set<std::string, std::less<>> functions_;
    std::string directory_;
};

}  // namespace

std::vector<ProgramWord> program_words(std::string_view command) {
    Reader reader;
    reader.command(command, 0);
    return reader.take();
}

}  // namespace stet::workspace

#include "workspace/shell_lexer.hpp"

#include <algorithm>

namespace stet::workspace {
namespace {

using Kind = ShellToken::Kind;

bool is_digits(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

class Lexer {
public:
    explicit Lexer(std::string_view command) : rest_(command) {}

    ShellTokens run() {
        while (!rest_.empty())
            token();
        return std::move(out_);
    }

private:
    char peek(std::size_t ahead = 0) const { return ahead < rest_.size() ? rest_[ahead] : '\0'; }
    void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
    void push(Kind kind, std::string text) { out_.tokens.push_back({kind, std::move(text), true, false}); }

    void token() {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\r') return skip(1);
        if (c == '\\' && peek(1) == '\n') return skip(2);
        if (c == '#') return skip(std::min(rest_.find('\n'), rest_.size()));
        if (c == '\n') return newline();
        if (c == ';' || c == '&' || c == '|') return separator();
        if (c == '(' && peek(1) == '(') return arithmetic(2);
        if (c == '(' || c == ')') {
            push(c == '(' ? Kind::open : Kind::close, std::string(1, c));
            return skip(1);
        }
        if ((c == '<' || c == '>') && peek(1) != '(') return redirect();
        word();
    }

    void newline() {
        push(Kind::separator, "\n");
        skip(1);
        for (const auto& end : here_documents_)
            skip_here_document(end);
        here_documents_.clear();
    }

    void skip_here_document(const std::string& end) {
        while (!rest_.empty()) {
            const auto length = std::min(rest_.find('\n'), rest_.size());
            auto line = rest_.substr(0, length);
            skip(length + 1);
            line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
            if (line == end) return;
        }
    }

    void separator() {
        if (peek() == '&' && peek(1) == '>') {  // bash: both streams.
            skip(1);
            return redirect();
        }
        std::string text;
        while (peek() == ';' || peek() == '&' || peek() == '|') {
            text += peek();
            skip(1);
        }
        push(Kind::separator, text);
    }

    void redirect() {
        std::string text;
        while (peek() == '<' || peek() == '>' || peek() == '&' || peek() == '|') {
            if (peek(1) == '(') break;  // `< <(…)`
            text += peek();
            skip(1);
        }
        if (text == "<<" && peek() == '-') skip(1);
        push(Kind::redirect, text);
        if (text != "<<") return;
        while (peek() == ' ')
            skip(1);
        const auto before = out_.tokens.size();
        word();
        if (out_.tokens.size() > before) here_documents_.push_back(out_.tokens.back().text);
    }

    void word() {
        current_ = ShellToken{};
        const auto before = rest_.size();
        while (!rest_.empty() && part()) {
        }
        if (rest_.size() == before) return skip(1);
        const bool number = !current_.quoted && is_digits(current_.text) && (peek() == '<' || peek() == '>');
        if (!number) out_.tokens.push_back(std::move(current_));  // In `2>file` it is no word.
    }

    /// One piece of a word; false at its end.
    bool part() {
        const char c = peek();
        if ((c == '<' || c == '>') && peek(1) == '(' && current_.text.empty()) return process_substitution();
        if (std::string_view(" \t\r\n;&|()<>").find(c) != std::string_view::npos) return false;
        if (c == '\'') {
            single_quoted();
        } else if (c == '"') {
            double_quoted();
        } else if (c == '`') {
            backquoted();
        } else if (c == '$') {
            dollar();
        } else {
            plain();
        }
        return true;
    }

    void plain() {
        if (peek() == '\\') {
            skip(1);
            if (peek() == '\n') return skip(1);
            current_.quoted = true;
        } else if (std::string_view("*?[~").find(peek()) != std::string_view::npos) {
            current_.literal = false;
        }
        if (!rest_.empty()) current_.text += peek();
        skip(1);
    }

    void single_quoted() {
        current_.quoted = true;
        const auto end = std::min(rest_.find('\'', 1), rest_.size());
        current_.text += rest_.substr(1, end - 1);
        skip(end + 1);
    }

    void double_quoted() {
        current_.quoted = true;
        skip(1);
        while (!rest_.empty() && peek() != '"') {
            if (peek() == '`') {
                backquoted();
            } else if (peek() == '$') {
                dollar();
            } else {
                if (peek() == '\\' && std::string_view("\\\"$`").find(peek(1)) != std::string_view::npos)
                    skip(1);
                current_.text += peek();
                skip(1);
            }
        }
        skip(1);
    }

    void backquoted() {
        current_.literal = false;
        const auto end = std::min(rest_.find('`', 1), rest_.size());
        out_.nested.emplace_back(rest_.substr(1, end - 1));
        skip(end + 1);
    }

    bool process_substitution() {
        current_.literal = false;
        skip(1);
        nested();
        return true;
    }

    void dollar() {
        current_.literal = false;
        if (peek(1) == '(' && peek(2) == '(') return arithmetic(3);
        if (peek(1) == '(') {
            skip(1);
            return nested();
        }
        if (peek(1) == '{') return skip(std::min(rest_.find('}'), rest_.size()) + 1);
        if (peek(1) == '\'') return skip(1);  // $'…': its escapes are not undone.
        current_.text += '$';
        skip(1);
    }

    void arithmetic(std::size_t opening) {
        current_.literal = false;
        skip(opening);
        const auto end = rest_.find("))");
        skip(end == std::string_view::npos ? rest_.size() : end + 2);
    }

    /// What stands between this parenthesis and its partner, quotes regarded.
    void nested() {
        std::size_t at = 0;
        int depth = 0;
        for (; at < rest_.size(); ++at) {
            const char c = rest_[at];
            if (c == '\\') ++at;
            if (c == '\'') at = std::min(rest_.find('\'', at + 1), rest_.size());
            if (c == '(') ++depth;
            if (c == ')' && --depth == 0) break;
        }
        at = std::min(at, rest_.size());
        out_.nested.emplace_back(rest_.substr(1, at > 0 ? at - 1 : 0));
        skip(at + 1);
    }

    std::string_view rest_;
    ShellToken current_;
    ShellTokens out_;
    std::vector<std::string> here_documents_;
};

}  // namespace

ShellTokens lex_shell(std::string_view command) {
    return Lexer(command).run();
}

}  // namespace stet::workspace

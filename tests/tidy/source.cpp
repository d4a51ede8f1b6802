#include "tests/tidy/source.hpp"

#include <algorithm>
#include <cctype>

namespace stet::tidy {
namespace {

// Walks over C++ text and blanks as it goes. Knows no grammar: only where literals and comments end.
class Blanker {
public:
    explicit Blanker(std::string_view text) : text_(text), out_(text) {}

    std::string run() {
        while (at_ < text_.size()) {
            if (starts("//")) {
                blank_to(end_of_line());
            } else if (starts("/*")) {
                blank_past("*/", 2);
            } else if (text_[at_] == '#' && first_on_line()) {
                blank_to(end_of_directive());
            } else if (text_[at_] == '"') {
                blank_string();
            } else if (text_[at_] == '\'' && !is_digit_separator()) {
                blank_quoted('\'');
            } else {
                ++at_;
            }
        }
        return std::move(out_);
    }

private:
    bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

    void blank_to(std::size_t end) {
        for (end = std::min(end, text_.size()); at_ < end; ++at_) {
            if (text_[at_] != '\n') out_[at_] = ' ';
        }
    }

    void blank_past(std::string_view what, std::size_t from) {
        const auto found = text_.find(what, at_ + from);
        blank_to(found == std::string_view::npos ? text_.size() : found + what.size());
    }

    std::size_t end_of_line() const { return text_.find('\n', at_); }

    bool first_on_line() const {
        auto i = at_;
        while (i > 0 && (text_[i - 1] == ' ' || text_[i - 1] == '\t'))
            --i;
        return i == 0 || text_[i - 1] == '\n';
    }

    std::size_t end_of_directive() const {
        auto end = end_of_line();
        while (end != std::string_view::npos && end > 0 && text_[end - 1] == '\\')
            end = text_.find('\n', end + 1);
        return end;
    }

    void blank_string() {
        const bool raw = at_ > 0 && text_[at_ - 1] == 'R';
        const auto open = raw ? text_.find('(', at_) : std::string_view::npos;
        if (open == std::string_view::npos) return blank_quoted('"');
        const auto close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
        blank_past(close, open - at_);
    }

    void blank_quoted(char quote) {
        auto end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
            end += text_[end] == '\\' ? 2u : 1u;
        blank_to(end + 1);
    }

    // 1'000'000: the word that the quote stands in began with a digit.
    bool is_digit_separator() const {
        auto i = at_;
        while (i > 0 && (is_word(text_[i - 1]) || text_[i - 1] == '\''))
            --i;
        return i < at_ && std::isdigit(static_cast<unsigned char>(text_[i])) != 0;
    }

    std::string_view text_;
    std::string out_;
    std::size_t at_ = 0;
};

}  // namespace

Source make_source(std::string path, std::string text) {
    Source source{std::move(path), std::move(text), {}};
    if (is_cpp(source)) source.code = blank_out(source.text);
    return source;
}

std::string blank_out(std::string_view text) {
    return Blanker(text).run();
}

bool is_header(const Source& source) {
    return source.path.ends_with(".hpp");
}

bool is_cpp(const Source& source) {
    return is_header(source) || source.path.ends_with(".cpp");
}

bool is_under(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::size_t> find_word(std::string_view code, std::string_view word) {
    std::vector<std::size_t> found;
    for (auto at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
        const char before = at == 0 ? ' ' : code[at - 1];
        const auto end = at + word.size();
        const bool member = before == '.' || (before == '>' && at > 1 && code[at - 2] == '-');
        if (is_word(before) || member || (end < code.size() && is_word(code[end]))) continue;
        found.push_back(at);
    }
    return found;
}

}  // namespace stet::tidy

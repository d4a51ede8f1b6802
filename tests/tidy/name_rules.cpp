#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace stet::tidy {
namespace {

// `template <…>` in front of a declaration, taken off.
std::string_view without_template(std::string_view header) {
    header = trimmed(header);
    while (header.starts_with("template")) {
        int depth = 0;
        auto i = header.find('<');
        for (; i < header.size(); ++i) {
            if (header[i] == '<') ++depth;
            if (header[i] == '>' && --depth == 0) break;
        }
        header = i < header.size() ? trimmed(header.substr(i + 1)) : std::string_view{};
    }
    return header;
}

std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    std::size_t end = 0;
    while (end < text.size() && (is_word(text[end]) || text[end] == ':'))
        ++end;
    if (end > 0 && text[end - 1] == ':') --end;  // `struct A: B`
    const auto word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// The name of the type whose body this header opens; empty when it opens something else.
std::string_view type_in(std::string_view header) {
    constexpr std::array<std::string_view, 4> keywords = {"struct", "class", "union", "enum"};
    auto text = without_template(header);
    auto word = take_word(text);
    if (std::ranges::find(keywords, word) == keywords.end()) return {};
    word = take_word(text);
    if (word == "class" || word == "struct") word = take_word(text);  // enum class
    const bool special = trimmed(text).starts_with('<') || word.find(':') != std::string_view::npos;
    return special || trimmed(text).starts_with('(') ? std::string_view{} : word;
}

struct TypeAt {
    std::string name;
    std::size_t offset;
};

// Types at namespace scope, outside anonymous namespaces, with the namespaces in front of their names.
class TypeScan {
public:
    explicit TypeScan(std::string_view code) : code_(code) {}

    std::vector<TypeAt> run() {
        while (at_ < code_.size()) {
            const char c = code_[at_];
            if (c == '{') {
                open();
            } else if (c == '}' && !scopes_.empty()) {
                scopes_.pop_back();
            }
            if (c == '{' || c == '}' || c == ';') begin_ = at_ + 1;
            ++at_;
        }
        return std::move(found_);
    }

private:
    void open() {
        auto header = trimmed(code_.substr(begin_, at_ - begin_));
        auto text = header;
        if (take_word(text) == "inline") header = text = trimmed(text);
        text = header;
        if (take_word(text) == "namespace") {
            const auto name = take_word(text);
            if (name.empty()) return skip();
            scopes_.emplace_back(name);
            return;
        }
        if (const auto name = type_in(header); !name.empty()) {
            std::string whole;
            for (const auto& scope : scopes_)
                whole += scope + "::";
            found_.push_back({whole + std::string(name), at_});
        }
        skip();
    }

    void skip() {
        int depth = 0;
        for (; at_ < code_.size(); ++at_) {
            if (code_[at_] == '{') ++depth;
            if (code_[at_] == '}' && --depth == 0) return;
        }
    }

    std::string_view code_;
    std::size_t at_ = 0, begin_ = 0;
    std::vector<std::string> scopes_;
    std::vector<TypeAt> found_;
};

}  // namespace

Findings check_one_definition(const std::vector<Source>& tree) {
    std::map<std::string, std::string> owners;
    Findings findings;
    for (const auto& source : tree) {
        if (!is_cpp(source) || is_under(source.path, "tests") || is_under(source.path, "bench")) continue;
        for (const auto& [name, offset] : TypeScan(source.code).run()) {
            const auto [owner, first] = owners.emplace(name, source.path);
            if (first) continue;
            findings.push_back({source.path, line_of(source.code, offset),
                                name + " is defined in " + owner->second + " already"});
        }
    }
    return findings;
}

}  // namespace stet::tidy

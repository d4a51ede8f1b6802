#include "envs/text_template.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stet::envs {

bool is_name(std::string_view text) {
    constexpr std::string_view known = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const bool begins = !text.empty() && (text[0] < '0' || text[0] > '9');
    return begins && text.find_first_not_of(known) == std::string_view::npos;
}

Result<TextTemplate> TextTemplate::read(const std::string& text, const std::vector<std::string>& names) {
    TextTemplate made;
    std::size_t from = 0;
    for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
        const auto close = std::min(text.find('}', open), text.size());
        const auto name = text.substr(open + 1, close - open - 1);
        if (close == text.size() || !is_name(name)) continue;
        const auto known = std::ranges::find(names, name);
        if (known == names.end())
            return Error{fmt::format("nothing is called {{{}}}", name),
                         fmt::format("there are {}", fmt::join(names, ", "))};
        made.pieces_.push_back(
            {text.substr(from, open - from), static_cast<std::size_t>(known - names.begin())});
        from = close + 1;
    }
    made.pieces_.push_back({text.substr(from), std::nullopt});
    return made;
}

std::string TextTemplate::fill(const std::vector<Value>& values) const {
    std::string filled;
    for (const auto& piece : pieces_) {
        filled += piece.text;
        if (!piece.value) continue;
        const auto& value = values[*piece.value];
        filled += value.text() != nullptr ? *value.text() : python_json(value);
    }
    return filled;
}

}  // namespace stet::envs

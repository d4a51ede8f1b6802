#include "tools/render.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <unistd.h>
#include <vector>

namespace stet {
namespace {

/// The length of the well-formed UTF-8 sequence at the front; 0 when it is none.
std::size_t sequence(std::string_view text, std::uint32_t& code) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 0 || lead > 0xF4 || length > text.size()) return 0;
    code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U) return 0;
        code = (code << 6) | (next & 0x3FU);
    }
    static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : length;
}

bool is_dangerous(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF ||
           (code >= 0xE0000 && code <= 0xE0FFF);
}

std::string made_visible(std::string_view text, bool lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::uint32_t code = 0;
        const auto length = sequence(text, code);
        if (length == 0) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (lines && (code == '\n' || code == '\t'))
            out += static_cast<char>(code);
        else if (code == '\n' || code == '\t')
            out += code == '\n' ? "\\n" : "\\t";
        else if (is_dangerous(code))
            out += fmt::format("\\u{{{:x}}}", code);
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::string text_of_parts(const JsonValue& parts) {
    std::string joined;
    for (const auto& part : parts.elements()) {
        if (!joined.empty()) joined += "\n";
        joined += part["text"].text();
    }
    return joined;
}

}  // namespace

std::string safe(std::string_view text) {
    return made_visible(text, false);
}

std::string safe_text(std::string_view text) {
    return made_visible(text, true);
}

std::string short_line(std::string_view text, std::size_t characters_max) {
    std::string folded;
    for (const char c : safe_text(text.substr(0, characters_max * 8))) {
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (!space)
            folded += c;
        else if (!folded.empty() && folded.back() != ' ')
            folded += ' ';
    }
    while (!folded.empty() && folded.back() == ' ')
        folded.pop_back();
    std::size_t characters = 0;
    for (std::size_t i = 0; i < folded.size(); ++i) {
        if ((static_cast<unsigned char>(folded[i]) & 0xC0U) == 0x80U) continue;
        if (++characters > characters_max) return folded.substr(0, i) + "…";
    }
    return folded;
}

std::string both_ends(std::string_view text, std::size_t characters_max) {
    const auto line = safe(text);
    std::vector<std::size_t> begins;  // Of characters.
    for (std::size_t i = 0; i < line.size(); ++i) {
        if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U) begins.push_back(i);
    }
    if (begins.size() <= characters_max) return line;
    const auto head = characters_max / 2, tail = characters_max - head;
    return line.substr(0, begins[head]) + "…" + line.substr(begins[begins.size() - tail]);
}

std::string plain_text(const std::string& text, Coding coding) {
    if (coding != Coding::json) return text;
    const auto document = JsonDocument::parse(text);
    if (!document) return text;
    const auto root = document->root();
    auto found = root.is(JsonKind::array) ? text_of_parts(root) : text_of_parts(root["content"]);
    if (found.empty() && root["message"].is(JsonKind::string)) found = root["message"].text();
    return found.empty() ? text : found;
}

std::string ending_text(const std::optional<End>& end) {
    if (!end) return "nobody knows how: the recording does not hold its end";
    if (end->signal) return fmt::format("signal {} ({})", *end->signal, strsignal(*end->signal));
    if (!end->exit_code) return std::string(word_of(end->ending));
    return fmt::format("exit code {}", *end->exit_code);
}

std::string duration_text(std::int64_t us) {
    const auto seconds = static_cast<double>(us) / 1e6;
    if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    return fmt::format("{} min {} s", static_cast<int>(seconds) / 60, static_cast<int>(seconds) % 60);
}

std::string time_text(std::int64_t wall_ms) {
    const std::time_t seconds = wall_ms / 1000;
    std::tm parts{};
    localtime_r(&seconds, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string size_text(std::uint64_t bytes) {
    static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1000 && unit < 4; ++unit)
        value /= 1000;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string count_text(std::int64_t count) {
    auto digits = std::to_string(count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (count < 0 ? 1 : 0); at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

std::string count_text(const std::optional<std::int64_t>& count) {
    return count ? count_text(*count) : "?";
}

Paint paint() {
    const char* term = std::getenv("TERM");
    const char* none = std::getenv("NO_COLOR");
    if (isatty(STDOUT_FILENO) == 0 || (none != nullptr && *none != '\0') ||
        (term != nullptr && std::strcmp(term, "dumb") == 0)) {
        return {};
    }
    return {.red = "\033[31m",
            .green = "\033[32m",
            .yellow = "\033[33m",
            .dim = "\033[2m",
            .bold = "\033[1m",
            .plain = "\033[0m"};
}

}  // namespace stet

#include "core/redaction_text.hpp"

#include <stet/redaction.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

constexpr std::size_t placeholder_bytes = 21;  // [stet:k:0123456789ab]

/// Takes `size` bytes from the front, or what there is.
std::string take(std::string_view& bytes, std::size_t size) {
    std::string front(bytes.substr(0, size));
    bytes.remove_prefix(front.size());
    return front;
}

/// What stands between placeholders.
std::vector<std::string> plain_parts(std::string_view text) {
    std::vector<std::string> parts(1);
    while (!text.empty()) {
        if (stet::is_placeholder(text.substr(0, placeholder_bytes))) {
            text.remove_prefix(placeholder_bytes);
            parts.emplace_back();
        } else {
            parts.back() += take(text, 1);
        }
    }
    return parts;
}

std::string in_pieces(const stet::Redactor& redactor, std::string_view text, std::size_t step) {
    stet::Redactor::Stream stream(redactor);
    std::string out;
    while (!text.empty())
        out += stream.feed(take(text, step)).bytes();
    return out + stream.finish().bytes();
}

/// Learning ignores what is short, what holds placeholders, and parts of what ends like one or in white
/// space.
bool is_searched_whole(std::string_view secret) {
    constexpr std::string_view white = " \t\r\n";
    const auto edges =
        std::string{secret.empty() ? ' ' : secret.front(), secret.empty() ? ' ' : secret.back()};
    return secret.size() >= stet::Redactor::value_bytes_min &&
           edges.find_first_of(white) == std::string::npos && secret.find('[') == std::string_view::npos;
}

}  // namespace

/// Up to four secrets, each behind its length; the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    std::string_view rest = bytes;
    stet::Redactor redactor("a key of sixteen");
    std::vector<std::string> secrets;
    for (int i = 0; i < 4 && !rest.empty(); ++i) {
        const auto length = static_cast<std::uint8_t>(take(rest, 1)[0]);
        secrets.push_back(take(rest, length % 64));
        redactor.learn("k", secrets.back());
    }
    const auto whole = redactor.redact_text(rest);
    STET_ASSERT(redactor.redact_text(whole) == whole);
    for (const std::size_t step : {1u, 3u, 64u})
        STET_ASSERT(in_pieces(redactor, rest, step) == whole);
    const auto parts = plain_parts(whole);
    for (const auto& secret : secrets) {
        const auto leaks = [&](const std::string& part) { return part.find(secret) != std::string::npos; };
        STET_ASSERT(!is_searched_whole(secret) || std::ranges::none_of(parts, leaks));
    }
    const auto head = redactor.redact_head(std::string(rest));
    STET_ASSERT(redactor.redact_text(head.bytes()) == head.bytes());
    return 0;
}

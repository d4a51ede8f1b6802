#include "core/bytes/codings.hpp"

#include <stet/bytes.hpp>

#include <algorithm>
#include <vector>

namespace stet {
namespace {

constexpr std::size_t codings_max = 4;

std::string lower_and_trimmed(std::string_view token) {
    constexpr std::string_view white = " \t";
    const auto first = token.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    std::string text(token.substr(first, token.find_last_not_of(white) - first + 1));
    for (char& letter : text)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

/// In the order in which they were applied; identity is left out.
std::vector<std::string> split_codings(std::string_view list) {
    std::vector<std::string> codings;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        auto coding = lower_and_trimmed(list.substr(0, comma));
        if (!coding.empty() && coding != "identity") codings.push_back(std::move(coding));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return codings;
}

Result<DecodedContent> decode_one(std::string_view coding, std::string_view bytes,
                                  const InflateLimits& limits) {
    if (bytes.empty()) return DecodedContent{};
    if (coding == "gzip" || coding == "x-gzip") return decode_gzip(bytes, limits);
    if (coding == "deflate") return decode_deflate(bytes, limits);
    if (coding == "zstd") return decode_zstd(bytes, limits);
    if (coding == "br") return decode_brotli(bytes, limits);
    constexpr std::size_t shown_max = 64;
    return Error{"decode content: there is no coding \"" + std::string(coding.substr(0, shown_max)) + "\"",
                 "gzip, deflate, zstd and br are known"};
}

}  // namespace

Error coding_error(std::string_view coding, std::string_view happened) {
    return {"decode " + std::string(coding) + ": " + std::string(happened), ""};
}

Error coding_too_large(std::string_view coding, const InflateLimits& limits) {
    return coding_error(
        coding, "the result is larger than the limit of " + std::to_string(limits.bytes_max) + " bytes");
}

Result<DecodedContent> decode_cut_content(std::string_view coding, std::string_view bytes,
                                          const InflateLimits& limits) {
    const auto codings = split_codings(coding);
    if (codings.size() > codings_max)
        return coding_error("content", "more than 4 codings on top of each other");
    if (codings.empty()) {
        if (bytes.size() > limits.bytes_max) return coding_too_large("content", limits);
        return DecodedContent{std::string(bytes), true};
    }
    DecodedContent decoded;
    bool complete = true;
    for (auto last = codings.rbegin(); last != codings.rend(); ++last) {
        const bool first_step = last == codings.rbegin();
        auto step = decode_one(*last, first_step ? bytes : std::string_view(decoded.bytes), limits);
        if (!step) return step.error();
        complete = complete && step->complete;
        decoded = std::move(*step);
    }
    decoded.complete = complete;
    return decoded;
}

Result<std::string> decode_content(std::string_view coding, std::string_view bytes,
                                   const InflateLimits& limits) {
    auto decoded = decode_cut_content(coding, bytes, limits);
    if (!decoded) return decoded.error();
    if (!decoded->complete) return coding_error(coding, "the input is cut: it ends before its content does");
    return std::move(decoded->bytes);
}

}  // namespace stet

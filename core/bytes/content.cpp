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

Error unknown_coding(std::string_view coding) {
    constexpr std::size_t shown_max = 64;
    return Error{"decode content: there is no coding \"" + std::string(coding.substr(0, shown_max)) + "\"",
                 "gzip, deflate, zstd and br are known"};
}

Error too_many_codings() {
    return coding_error("content", "more than 4 codings on top of each other");
}

Result<DecodedContent> decode_one(std::string_view coding, std::string_view bytes,
                                  const InflateLimits& limits) {
    if (bytes.empty()) return DecodedContent{};
    if (coding == "gzip" || coding == "x-gzip") return decode_gzip(bytes, limits);
    if (coding == "deflate") return decode_deflate(bytes, limits);
    if (coding == "zstd") return decode_zstd(bytes, limits);
    if (coding == "br") return decode_brotli(bytes, limits);
    return unknown_coding(coding);
}

/// Nothing when there is no such coding.
std::unique_ptr<DecodingStep> step_for(std::string_view coding, const InflateLimits& limits) {
    if (coding == "gzip" || coding == "x-gzip") return gzip_step(limits);
    if (coding == "deflate") return deflate_step(limits);
    if (coding == "zstd") return zstd_step(limits);
    if (coding == "br") return brotli_step(limits);
    return nullptr;
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
    if (codings.size() > codings_max) return too_many_codings();
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

ContentDecoder::ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

Result<ContentDecoder> ContentDecoder::make(std::string_view coding, const InflateLimits& limits) {
    const auto codings = split_codings(coding);
    if (codings.size() > codings_max) return too_many_codings();
    ContentDecoder decoder;
    for (auto last = codings.rbegin(); last != codings.rend(); ++last) {
        auto step = step_for(*last, limits);
        if (!step) return unknown_coding(*last);
        decoder.steps_.push_back(std::move(step));
    }
    return decoder;
}

Result<std::string> ContentDecoder::read(std::string_view bytes) {
    std::string current(bytes);
    for (const auto& step : steps_) {
        std::string next;
        if (auto read = step->read(current, next); !read) return read.error();
        current = std::move(next);
    }
    return current;
}

}  // namespace stet

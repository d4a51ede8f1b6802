#include "core/json_reader.hpp"

#include "core/json_scan.hpp"

#include <algorithm>
#include <limits>

namespace stet {
namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t text_bytes_max = std::numeric_limits<std::uint32_t>::max();

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Reader {
public:
    using Node = JsonDocument::Node;

    Reader(std::string_view text, const JsonLimits& limits, std::vector<Node>& nodes)
        : text_(text), limits_(limits), nodes_(nodes), at_(text.data()), end_(at_ + text.size()) {}

    Result<void> read();

private:
    // What the text goes on with.
    enum class Next { value, after_value, end, failed };

    Next value();
    Next after_value();
    Next open(JsonKind kind);
    Next close();
    Next member_key(const char* expected);
    Next string();
    Next number();
    Next word(std::string_view word, JsonKind kind);

    bool add(JsonKind kind, bool escaped, const char* begin, const char* end);
    bool digits();
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
    }
    bool stands(char c) const { return at_ != end_ && *at_ == c; }
    std::uint32_t offset(const char* place) const { return static_cast<std::uint32_t>(place - text_.data()); }
    std::uint32_t count() const { return static_cast<std::uint32_t>(nodes_.size()); }
    Next fail(std::string_view expected);
    void fail_limit(std::string_view what, std::size_t limit);

    const std::string_view text_;
    const JsonLimits limits_;
    std::vector<Node>& nodes_;
    const char* at_;
    const char* const end_;
    // The innermost open container. While a container is open, its node's `after` holds the one around
    // it: the index is its own stack.
    std::uint32_t open_ = none;
    std::size_t depth_ = 0;
    // The key that the next value belongs to.
    std::uint32_t key_ = 0;
    bool key_escaped_ = false;
    Error error_{"", ""};
};

Reader::Next Reader::fail(std::string_view expected) {
    error_ = json_error(text_, offset(at_), expected);
    return Next::failed;
}

void Reader::fail_limit(std::string_view what, std::size_t limit) {
    error_.what = "read JSON: at byte " + std::to_string(offset(at_)) + " it has more than ";
    error_.what.append(std::to_string(limit)).append(" ").append(what);
}

bool Reader::add(JsonKind kind, bool escaped, const char* begin, const char* end) {
    if (nodes_.size() >= limits_.nodes_max) {
        fail_limit("values", limits_.nodes_max);
        return false;
    }
    if (open_ != none) ++nodes_[open_].size;
    nodes_.push_back({kind, escaped, key_escaped_, offset(begin), offset(end), key_, 0, count() + 1});
    key_ = 0;
    key_escaped_ = false;
    return true;
}

Reader::Next Reader::open(JsonKind kind) {
    if (depth_ >= limits_.depth_max) {
        fail_limit("levels", limits_.depth_max);
        return Next::failed;
    }
    if (!add(kind, false, at_, at_)) return Next::failed;
    nodes_.back().after = open_;
    open_ = count() - 1;
    ++depth_;
    ++at_;
    skip_space();
    const bool object = kind == JsonKind::object;
    if (stands(object ? '}' : ']')) return close();
    return object ? member_key("a key in quotes or '}'") : Next::value;
}

Reader::Next Reader::close() {
    ++at_;
    Node& node = nodes_[open_];
    node.end = offset(at_);
    open_ = std::exchange(node.after, count());
    --depth_;
    return Next::after_value;
}

Reader::Next Reader::member_key(const char* expected) {
    skip_space();
    if (!stands('"')) return fail(expected);
    const auto scan = scan_json_string(at_, end_);
    const char* const begin = std::exchange(at_, scan.end);
    if (scan.expected != nullptr) return fail(scan.expected);
    key_ = offset(begin);
    key_escaped_ = scan.escaped;
    skip_space();
    if (!stands(':')) return fail("':' after a key");
    ++at_;
    return Next::value;
}

Reader::Next Reader::value() {
    skip_space();
    if (at_ == end_) return fail("a value");
    switch (*at_) {
        case '{':
            return open(JsonKind::object);
        case '[':
            return open(JsonKind::array);
        case '"':
            return string();
        case 't':
            return word("true", JsonKind::boolean);
        case 'f':
            return word("false", JsonKind::boolean);
        case 'n':
            return word("null", JsonKind::null);
        default:
            if (*at_ == '-' || is_digit(*at_)) return number();
            return fail("a value");
    }
}

Reader::Next Reader::after_value() {
    skip_space();
    if (open_ == none) return at_ == end_ ? Next::end : fail("the end of the text");
    const bool object = nodes_[open_].kind == JsonKind::object;
    if (stands(',')) {
        ++at_;
        return object ? member_key("a key in quotes") : Next::value;
    }
    if (stands(object ? '}' : ']')) return close();
    return fail(object ? "',' or '}' after a member" : "',' or ']' after an element");
}

Reader::Next Reader::string() {
    const auto scan = scan_json_string(at_, end_);
    const char* const begin = std::exchange(at_, scan.end);
    if (scan.expected != nullptr) return fail(scan.expected);
    return add(JsonKind::string, scan.escaped, begin, at_) ? Next::after_value : Next::failed;
}

Reader::Next Reader::word(std::string_view word, JsonKind kind) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word))
        return fail("a value");
    const char* const begin = at_;
    at_ += word.size();
    return add(kind, false, begin, at_) ? Next::after_value : Next::failed;
}

bool Reader::digits() {
    const char* const begin = at_;
    while (at_ != end_ && is_digit(*at_))
        ++at_;
    return at_ != begin;
}

Reader::Next Reader::number() {
    const char* const begin = at_;
    if (*at_ == '-') ++at_;
    if (stands('0')) {
        ++at_;
    } else if (!digits()) {
        return fail("a digit");
    }
    if (stands('.')) {
        ++at_;
        if (!digits()) return fail("a digit after the decimal point");
    }
    if (stands('e') || stands('E')) {
        ++at_;
        if (stands('+') || stands('-')) ++at_;
        if (!digits()) return fail("a digit in the exponent");
    }
    return add(JsonKind::number, false, begin, at_) ? Next::after_value : Next::failed;
}

Result<void> Reader::read() {
    if (text_.size() > text_bytes_max) {
        return Error{"read JSON: the text has " + std::to_string(text_.size()) + " bytes, at most " +
                         std::to_string(text_bytes_max) + " can be indexed",
                     "read it in pieces"};
    }
    nodes_.reserve(std::min(text_.size() / 32 + 8, limits_.nodes_max));
    Next next = Next::value;
    while (next != Next::end) {
        next = next == Next::value ? value() : after_value();
        if (next == Next::failed) return error_;
    }
    return {};
}

}  // namespace

Result<void> index_json(std::string_view text, const JsonLimits& limits,
                        std::vector<JsonDocument::Node>& nodes) {
    return Reader(text, limits, nodes).read();
}

}  // namespace stet

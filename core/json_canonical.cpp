#include "core/json_scan.hpp"

#include <stet/json.hpp>

#include <algorithm>
#include <deque>

namespace stet {
namespace {

Error refusal(std::size_t offset, std::string_view what) {
    std::string line = "make JSON canonical: at byte " + std::to_string(offset) + " ";
    return Error{line.append(what), "compare the raw bytes instead"};
}

// Are the two keys in the order of their UTF-16 code units? That is the order of their UTF-8 bytes,
// except that surrogates (what F0…F4 lead) stand before U+E000…U+FFFF (EE, EF).
bool utf16_less(std::string_view a, std::string_view b) {
    const auto [at, bt] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (at == a.end() || bt == b.end()) return at == a.end() && bt != b.end();
    const auto left = static_cast<unsigned char>(*at);
    const auto right = static_cast<unsigned char>(*bt);
    if (left >= 0xEE && right >= 0xEE && (left >= 0xF0) != (right >= 0xF0)) return left >= 0xF0;
    return left < right;
}

// Writes the canonical form of one value. Not recursive: a stack of frames, one per open container.
class Canonical {
public:
    explicit Canonical(const JsonDocument& document) : document_(document), text_(document.text()) {}

    Result<std::string> write(std::uint32_t root);

private:
    using Node = JsonDocument::Node;

    struct Member {
        std::string_view key;
        std::uint32_t node;
    };
    struct Frame {
        bool object;
        bool first = true;
        // Of an object: its members not written yet, in `members_`. Of an array: its elements' nodes.
        std::size_t next, last;
        std::size_t members_before = 0, decoded_before = 0;  // What to cut the stacks back to.
    };

    bool begin_value(std::uint32_t index);
    bool scalar(const Node& node);
    bool open_object(std::uint32_t index);
    bool take_key(std::uint32_t child);
    std::uint32_t next_child(Frame& frame);
    void close();
    bool fail(std::size_t offset, std::string_view what);

    const JsonDocument& document_;
    const std::string_view text_;
    std::string out_;
    std::vector<Frame> frames_;
    std::vector<Member> members_;
    std::deque<std::string> decoded_;  // Keys that had escapes; a deque, since members point into it.
    Error error_{"", ""};
};

bool Canonical::fail(std::size_t offset, std::string_view what) {
    error_ = refusal(offset, what);
    return false;
}

bool Canonical::scalar(const Node& node) {
    const auto raw = text_.substr(node.begin, node.end - node.begin);
    if (node.kind == JsonKind::number && overflows_double(raw))
        return fail(node.begin, "a number overflows a double");
    if (!node.escaped) {  // A literal without escapes is its own canonical form.
        out_.append(raw);
        return true;
    }
    const auto decoded = decode_json_string(raw.substr(1, raw.size() - 2));
    if (decoded.lone_surrogate) return fail(node.begin, "a string holds a lone surrogate");
    append_quoted(out_, decoded.text);
    return true;
}

bool Canonical::take_key(std::uint32_t child) {
    const Node& node = document_.node(child);
    if (!node.key_escaped) {
        members_.push_back({plain_key(text_, node.key), child});
        return true;
    }
    auto decoded = decode_json_string(escaped_key(text_, node.key));
    if (decoded.lone_surrogate) return fail(node.key, "a key holds a lone surrogate");
    members_.push_back({decoded_.emplace_back(std::move(decoded.text)), child});
    return true;
}

bool Canonical::open_object(std::uint32_t index) {
    const std::size_t members_before = members_.size();
    const std::size_t decoded_before = decoded_.size();
    const std::uint32_t after = document_.node(index).after;
    for (std::uint32_t child = index + 1; child != after; child = document_.node(child).after) {
        if (!take_key(child)) return false;
    }
    const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(members_before);
    std::sort(begin, members_.end(), [](const Member& a, const Member& b) {
        return a.key == b.key ? a.node < b.node : utf16_less(a.key, b.key);
    });
    const auto twice = std::adjacent_find(begin, members_.end(),
                                          [](const Member& a, const Member& b) { return a.key == b.key; });
    if (twice != members_.end()) {
        return fail(document_.node((twice + 1)->node).key, "a key stands in its object for the second time");
    }
    frames_.push_back({.object = true,
                       .next = members_before,
                       .last = members_.size(),
                       .members_before = members_before,
                       .decoded_before = decoded_before});
    out_.push_back('{');
    return true;
}

bool Canonical::begin_value(std::uint32_t index) {
    const Node& node = document_.node(index);
    if (node.kind == JsonKind::object) return open_object(index);
    if (node.kind != JsonKind::array) return scalar(node);
    frames_.push_back({.object = false,
                       .next = index + std::size_t{1},
                       .last = node.after,
                       .members_before = members_.size(),
                       .decoded_before = decoded_.size()});
    out_.push_back('[');
    return true;
}

// Writes the separator and, in an object, the key; returns the node to write next.
std::uint32_t Canonical::next_child(Frame& frame) {
    if (!std::exchange(frame.first, false)) out_.push_back(',');
    if (!frame.object) {
        const auto child = static_cast<std::uint32_t>(frame.next);
        frame.next = document_.node(child).after;
        return child;
    }
    const Member& member = members_[frame.next++];
    if (document_.node(member.node).key_escaped) {
        append_quoted(out_, member.key);
    } else {
        out_.append("\"").append(member.key).append("\"");
    }
    out_.push_back(':');
    return member.node;
}

void Canonical::close() {
    const Frame& frame = frames_.back();
    out_.push_back(frame.object ? '}' : ']');
    members_.resize(frame.members_before);
    decoded_.resize(frame.decoded_before);
    frames_.pop_back();
}

Result<std::string> Canonical::write(std::uint32_t root) {
    out_.reserve(document_.node(root).end - document_.node(root).begin);
    if (!begin_value(root)) return error_;
    while (!frames_.empty()) {
        Frame& frame = frames_.back();
        if (frame.next == frame.last) {
            close();
        } else if (!begin_value(next_child(frame))) {
            return error_;
        }
    }
    return std::move(out_);
}

}  // namespace

Result<std::string> canonical_json(const JsonValue& value) {
    if (!value) return Error{"make JSON canonical: there is no value", ""};
    return Canonical(*value.document_).write(value.node_);
}

Result<std::string> canonical_json(std::string_view text, const JsonLimits& limits) {
    const auto document = JsonDocument::parse(text, limits);
    if (!document) return document.error();
    return canonical_json(document->root());
}

}  // namespace stet

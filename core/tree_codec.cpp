#include "core/tree_path.hpp"
#include "core/utf8.hpp"

#include <stet/json.hpp>
#include <stet/tree.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace stet {
namespace {

constexpr std::array<std::string_view, 3> kinds = {"file", "directory", "symlink"};
constexpr std::uint32_t mode_max = 07777;

std::string to_octal(std::uint32_t mode) {
    STET_ASSERT(mode <= mode_max);
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3)
        digits.push_back(static_cast<char>('0' + ((mode >> shift) & 7)));
    return digits;
}

std::optional<std::uint32_t> parse_octal(std::string_view digits) {
    if (digits.size() != 4) return std::nullopt;
    std::uint32_t mode = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '7') return std::nullopt;
        mode = mode << 3 | static_cast<std::uint32_t>(digit - '0');
    }
    return mode;
}

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex.append({digits[byte >> 4], digits[byte & 15]});
    }
    return hex;
}

std::optional<std::string> parse_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (hex.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const std::size_t high = digits.find(hex[i]);
        const std::size_t low = digits.find(hex[i + 1]);
        if (high > 15 || low > 15) return std::nullopt;
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    return bytes;
}

// Bytes that are no UTF-8 have no place in a JSON string: they stand in hexadecimal, under another key.
void write_bytes(JsonWriter& json, const std::string& key, std::string_view bytes) {
    if (valid_utf8(bytes)) {
        json.key(key).string(bytes);
    } else {
        json.key(key + "_hex").string(hex_of(bytes));
    }
}

std::optional<std::string> read_bytes(const JsonValue& object, const std::string& key) {
    if (const auto plain = object[key]; plain.is(JsonKind::string)) return plain.text();
    if (const auto hex = object[key + "_hex"]; hex.is(JsonKind::string)) return parse_hex(hex.text());
    return std::nullopt;
}

void write_entry(JsonWriter& json, const TreeEntry& entry) {
    json.open('{');
    write_bytes(json, "path", entry.path);
    json.key("kind").string(kinds[static_cast<std::size_t>(entry.kind)]);
    json.key("mode").string(to_octal(entry.kind == EntryKind::symlink ? 0 : entry.mode));
    if (entry.kind == EntryKind::file) {
        STET_ASSERT(entry.size <= std::numeric_limits<std::int64_t>::max());
        json.member("content", entry.content);
        json.key("size").integer(static_cast<std::int64_t>(entry.size));
    }
    if (entry.kind == EntryKind::symlink) write_bytes(json, "target", entry.target);
    if (entry.redacted) json.key("redacted").boolean(true);
    if (entry.absent) json.key("absent").boolean(true);
    json.close('}');
}

Error entry_error(std::string_view path, std::string_view why) {
    std::string what = "read a tree entry: ";
    if (!path.empty()) what.append(show_path(path)).append(" ");
    return Error{what.append(why), ""};
}

Result<void> read_file_part(const JsonValue& value, TreeEntry& entry) {
    const auto content = value["content"];
    if (content.is(JsonKind::string)) {
        const auto digest = parse_digest(content.text());
        if (!digest) return entry_error(entry.path, "has a content that is no digest");
        entry.content = *digest;
    } else if (!content.is(JsonKind::null) || !entry.absent) {
        return entry_error(entry.path, "has neither a content nor is it absent");
    }
    const auto size = value["size"].integer();
    if (!size || *size < 0) return entry_error(entry.path, "has no size in bytes");
    entry.size = static_cast<std::uint64_t>(*size);
    return {};
}

Result<void> read_symlink_part(const JsonValue& value, TreeEntry& entry) {
    auto target = read_bytes(value, "target");
    if (!target) return entry_error(entry.path, "is a symlink without a target");
    if (target->find('\0') != std::string::npos)
        return entry_error(entry.path, "has a NUL byte in its target");
    if (entry.mode != 0) return entry_error(entry.path, "is a symlink with a mode other than 0000");
    entry.target = std::move(*target);
    return {};
}

Result<TreeEntry> read_entry(const JsonValue& value) {
    if (!value.is(JsonKind::object)) return entry_error("", "expected a JSON object");
    TreeEntry entry;
    auto path = read_bytes(value, "path");
    if (!path) return entry_error("", "expected a path");
    if (const char* const flaw = path_flaw(*path)) return entry_error(*path, flaw);
    entry.path = std::move(*path);
    const auto kind = std::find(kinds.begin(), kinds.end(), value["kind"].text());
    if (kind == kinds.end()) return entry_error(entry.path, "has an unknown kind");
    entry.kind = static_cast<EntryKind>(kind - kinds.begin());
    const auto mode = parse_octal(value["mode"].text());
    if (!mode) return entry_error(entry.path, "has a mode that is not 0000…7777");
    entry.mode = *mode;
    entry.redacted = value["redacted"].boolean().value_or(false);
    entry.absent = value["absent"].boolean().value_or(false);
    Result<void> rest;
    if (entry.kind == EntryKind::file) rest = read_file_part(value, entry);
    if (entry.kind == EntryKind::symlink) rest = read_symlink_part(value, entry);
    if (!rest) return rest.error();
    return entry;
}

Error line_error(std::size_t number, const Error& error) {
    return Error{"read a tree manifest: line " + std::to_string(number) + ": " + error.what, error.hint};
}

Result<TreeEntry> read_line(std::string_view line) {
    const auto document = JsonDocument::parse(line, {.depth_max = 2, .nodes_max = 16});
    if (!document) return document.error();
    auto entry = read_entry(document->root());
    if (!entry) return entry;
    JsonWriter again;
    write_entry(again, *entry);
    if (again.text() != line) {
        return Error{"the entry is not written in the one form that it has",
                     "members in order, none unknown, no white space; nothing in hexadecimal that is UTF-8"};
    }
    return entry;
}

Result<std::optional<TreeEntry>> read_side(const JsonValue& edit, std::string_view side) {
    const auto value = edit[side];
    if (value.kind() == JsonKind::null) return std::optional<TreeEntry>();
    auto entry = read_entry(value);
    if (!entry) return entry.error();
    return std::optional<TreeEntry>(std::move(*entry));
}

Result<TreeEdit> read_edit(const JsonValue& value) {
    auto before = read_side(value, "before");
    if (!before) return before.error();
    auto after = read_side(value, "after");
    if (!after) return after.error();
    TreeEdit edit{std::move(*before), std::move(*after)};
    if (!edit.before && !edit.after) return Error{"neither side of it is there", ""};
    if (edit.before && edit.after && edit.before->path != edit.after->path) {
        return Error{"its sides have different paths", "a move is a deletion and a creation"};
    }
    return edit;
}

void write_side(JsonWriter& json, std::string_view side, const std::optional<TreeEntry>& entry) {
    json.key(side);
    if (entry) {
        write_entry(json, *entry);
    } else {
        json.null();
    }
}

}  // namespace

std::string encode_tree(const Tree& tree) {
    std::string manifest;
    const TreeEntry* last = nullptr;
    for (const auto& entry : tree.entries) {
        STET_ASSERT(last == nullptr || last->path < entry.path);
        last = &entry;
        JsonWriter json;
        write_entry(json, entry);
        manifest.append(json.text()).push_back('\n');
    }
    return manifest;
}

Result<Tree> decode_tree(std::string_view manifest) {
    Tree tree;
    for (std::size_t number = 1; !manifest.empty(); ++number) {
        const std::size_t end = manifest.find('\n');
        if (end == std::string_view::npos) {
            return line_error(number, Error{"it does not end in a newline", "the manifest was cut"});
        }
        auto entry = read_line(manifest.substr(0, end));
        if (!entry) return line_error(number, entry.error());
        tree.entries.push_back(std::move(*entry));
        manifest.remove_prefix(end + 1);
    }
    if (const auto checked = check_order(tree); !checked) return checked.error();
    return tree;
}

Digest tree_digest(const Tree& tree) {
    return sha256(encode_tree(tree));
}

std::string encode_edits(const std::vector<TreeEdit>& edits) {
    JsonWriter json;
    json.open('[');
    for (const auto& edit : edits) {
        json.open('{');
        write_side(json, "before", edit.before);
        write_side(json, "after", edit.after);
        json.close('}');
    }
    return json.close(']').take();
}

Result<std::vector<TreeEdit>> decode_edits(std::string_view json) {
    // An edit is a value of our own making: its number is bounded by the text that the caller accepted.
    const auto document = JsonDocument::parse(json, {.depth_max = 8, .nodes_max = json.size() + 1});
    if (!document) return document.error();
    if (!document->root().is(JsonKind::array)) return Error{"read a state diff: expected a JSON array", ""};
    std::vector<TreeEdit> edits;
    for (const auto& value : document->root().elements()) {
        auto edit = read_edit(value);
        const auto place = "read a state diff: edit " + std::to_string(edits.size()) + ": ";
        if (!edit) return Error{place + edit.error().what, edit.error().hint};
        if (!edits.empty() && edits.back().path() >= edit->path()) {
            return Error{place + show_path(edit->path()) + " is edited twice or out of order", ""};
        }
        edits.push_back(std::move(*edit));
    }
    return edits;
}

}  // namespace stet

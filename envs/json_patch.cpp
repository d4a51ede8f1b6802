#include "envs/json_patch.hpp"

#include "envs/value_text.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet::envs {
namespace {

/// A part of a JSON Pointer (RFC 6901).
std::string pointer_part(std::string_view text) {
    std::string out = "/";
    for (const char c : text) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

class Patch {
public:
    void add(const std::string& path, const Value& value) { put("add", path, &value); }
    void remove(const std::string& path) { put("remove", path, nullptr); }

    void compare(const std::string& path, const Value& before, const Value& after) {
        if (before == after) return;
        if (before.object() != nullptr && after.object() != nullptr)
            compare_objects(path, *before.object(), *after.object());
        else if (before.array() != nullptr && after.array() != nullptr)
            compare_arrays(path, *before.array(), *after.array());
        else
            put("replace", path, &after);
    }

    std::string take() { return "[" + text_ + "]"; }

private:
    void compare_objects(const std::string& path, const Container& before, const Container& after) {
        for (std::size_t i = 0; i < before.size(); ++i) {
            const auto* now = after.get(before.keys[i]);
            const auto member = path + pointer_part(before.keys[i]);
            if (now == nullptr)
                remove(member);
            else
                compare(member, before.items[i], *now);
        }
        for (std::size_t i = 0; i < after.size(); ++i) {
            if (before.get(after.keys[i]) == nullptr) add(path + pointer_part(after.keys[i]), after.items[i]);
        }
    }

    void compare_arrays(const std::string& path, const Container& before, const Container& after) {
        const auto both = std::min(before.size(), after.size());
        for (std::size_t i = 0; i < both; ++i)
            compare(fmt::format("{}/{}", path, i), before.items[i], after.items[i]);
        for (auto i = before.size(); i > both; --i)
            remove(fmt::format("{}/{}", path, i - 1));
        for (auto i = both; i < after.size(); ++i)
            add(fmt::format("{}/{}", path, i), after.items[i]);
    }

    void put(const char* operation, const std::string& path, const Value* value) {
        if (!text_.empty()) text_ += ',';
        text_ += fmt::format(R"({{"op":"{}","path":{})", operation, json_quote(path));
        if (value != nullptr) text_ += ",\"value\":" + compact_json(*value);
        text_ += '}';
    }

    std::string text_;
};

}  // namespace

std::string json_patch(const std::vector<TableSpec>& tables, const std::vector<RowChange>& changes) {
    Patch patch;
    for (const auto& change : changes) {
        const auto path = pointer_part(tables[change.table].name) + pointer_part(change.key);
        if (!change.before)
            patch.add(path, *change.after);
        else if (!change.after)
            patch.remove(path);
        else
            patch.compare(path, *change.before, *change.after);
    }
    return patch.take();
}

}  // namespace stet::envs

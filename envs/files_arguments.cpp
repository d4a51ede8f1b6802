#include "envs/files_arguments.hpp"

#include "envs/js_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace stet {
namespace {

/// What the validator (zod 4) calls the type of what it got.
std::string type_name(const JsonValue& value) {
    if (!value) return "undefined";
    switch (value.kind()) {
        case JsonKind::null:
            return "null";
        case JsonKind::boolean:
            return "boolean";
        case JsonKind::string:
            return "string";
        case JsonKind::array:
            return "array";
        case JsonKind::object:
            return "object";
        case JsonKind::number:
            break;
    }
    const auto number = value.number().value_or(0);
    if (!std::isinf(number)) return "number";
    return number > 0 ? "Infinity" : "-Infinity";
}

/// Collects issues while it reads.
class Checker {
public:
    void expected(std::string_view type, const JsonValue& got, std::string_view place) {
        say(fmt::format("Invalid input: expected {}, received {}", type, type_name(got)), place);
    }

    void say(std::string_view what, std::string_view place) {
        issues_ += fmt::format("{}{} at {}", issues_.empty() ? "" : "\n", what, place);
    }

    std::string text(const JsonValue& value, std::string_view place) {
        if (value.is(JsonKind::string)) return js::from_json(value.raw());
        expected("string", value, place);
        return {};
    }

    std::optional<double> number(const JsonValue& value, std::string_view place) {
        if (!value) return std::nullopt;
        const auto number = value.number();
        if (value.is(JsonKind::number) && number && !std::isinf(*number)) return number;
        expected("number", value, place);
        return std::nullopt;
    }

    std::vector<std::string> texts(const JsonValue& value, std::string_view place) {
        std::vector<std::string> all;
        if (!value.is(JsonKind::array)) {
            expected("array", value, place);
            return all;
        }
        for (const auto& element : value.elements()) {
            const auto where = fmt::format("{}[{}]", place, all.size());
            all.push_back(text(element, where));
        }
        return all;
    }

    std::vector<TextEdit> edits(const JsonValue& value) {
        std::vector<TextEdit> all;
        if (!value.is(JsonKind::array)) {
            expected("array", value, "edits");
            return all;
        }
        for (const auto& element : value.elements()) {
            const auto where = fmt::format("edits[{}]", all.size());
            auto& edit = all.emplace_back();
            if (!element.is(JsonKind::object)) {
                expected("object", element, where);
                continue;
            }
            edit.old_text = text(element["oldText"], where + ".oldText");
            edit.new_text = text(element["newText"], where + ".newText");
        }
        return all;
    }

    bool flag(const JsonValue& value, std::string_view place) {
        if (!value) return false;
        if (value.is(JsonKind::boolean)) return value.boolean().value_or(false);
        expected("boolean", value, place);
        return false;
    }

    bool sorts_by_size(const JsonValue& value) {
        if (!value) return false;
        const auto word = value.is(JsonKind::string) ? js::from_json(value.raw()) : std::string();
        if (word != "name" && word != "size")
            say("Invalid option: expected one of \"name\"|\"size\"", "sortBy");
        return word == "size";
    }

    const std::string& issues() const { return issues_; }

private:
    std::string issues_;
};

using Reader = void (*)(Checker&, const JsonValue&, FilesArguments&);

void read_path(Checker& check, const JsonValue& from, FilesArguments& to) {
    to.path = check.text(from["path"], "path");
}

void read_text(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    to.tail = check.number(from["tail"], "tail");
    to.head = check.number(from["head"], "head");
}

void read_paths(Checker& check, const JsonValue& from, FilesArguments& to) {
    to.paths = check.texts(from["paths"], "paths");
    if (from["paths"].is(JsonKind::array) && to.paths.empty()) {
        check.say("Too small: expected array to have >=1 items", "paths");
    }
}

void read_write(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    to.content = check.text(from["content"], "content");
}

void read_edit(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    to.edits = check.edits(from["edits"]);
    to.dry_run = check.flag(from["dryRun"], "dryRun");
}

void read_sizes(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    to.by_size = check.sorts_by_size(from["sortBy"]);
}

void read_exclude(Checker& check, const JsonValue& from, FilesArguments& to) {
    if (from["excludePatterns"])
        to.exclude_patterns = check.texts(from["excludePatterns"], "excludePatterns");
}

void read_tree(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    read_exclude(check, from, to);
}

void read_search(Checker& check, const JsonValue& from, FilesArguments& to) {
    read_path(check, from, to);
    to.pattern = check.text(from["pattern"], "pattern");
    read_exclude(check, from, to);
}

void read_move(Checker& check, const JsonValue& from, FilesArguments& to) {
    to.source = check.text(from["source"], "source");
    to.destination = check.text(from["destination"], "destination");
}

void read_nothing(Checker&, const JsonValue&, FilesArguments&) {}

struct Schema {
    std::string_view tool;
    Reader read;
};

/// Members are checked in the order of the server's schemas: it shows in its messages.
const std::vector<Schema>& schemas() {
    static const std::vector<Schema> all{
        {"read_file", read_text},
        {"read_text_file", read_text},
        {"read_media_file", read_path},
        {"read_multiple_files", read_paths},
        {"write_file", read_write},
        {"edit_file", read_edit},
        {"create_directory", read_path},
        {"list_directory", read_path},
        {"list_directory_with_sizes", read_sizes},
        {"directory_tree", read_tree},
        {"move_file", read_move},
        {"search_files", read_search},
        {"get_file_info", read_path},
        {"list_allowed_directories", read_nothing},
    };
    return all;
}

}  // namespace

const std::vector<std::string_view>& files_tools() {
    static const auto names = [] {
        std::vector<std::string_view> all;
        for (const auto& schema : schemas())
            all.push_back(schema.tool);
        return all;
    }();
    return names;
}

std::optional<FilesArguments> read_files_arguments(std::string_view tool, const JsonValue& arguments,
                                                   ArgumentsRefused& refused) {
    if (arguments && !arguments.is(JsonKind::object)) {
        refused.not_an_object = type_name(arguments);
        return std::nullopt;
    }
    Checker check;
    FilesArguments read;
    for (const auto& schema : schemas()) {
        if (schema.tool == tool) schema.read(check, arguments, read);
    }
    if (check.issues().empty()) return read;
    refused.issues = check.issues();
    return std::nullopt;
}

}  // namespace stet

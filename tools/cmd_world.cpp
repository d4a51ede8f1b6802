#include "tools/commands.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"
#include "tools/world_shelf.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iostream>

namespace stet {
namespace {

namespace fs = std::filesystem;

constexpr const char* new_world = R"({
  "world": "notes",
  "version": "1",
  "clock": "2024-05-15T15:00:00",
  "error_prefix": "Error: ",
  "state": [{"collection": "notes", "from": "notes.json", "indexes": [["kind"]]}],
  "scripts": ["tools.lua"],
  "tools": {"get_note": {}, "add_note": {}, "find_notes": {}}
}
)";

constexpr const char* new_tools =
    R"(-- A tool is a function of the state and its arguments; docs/worlds.md says what it finds.

local function get_note(state, args)
  return state.notes[args.id] or "Error: there is no note " .. args.id
end

local function add_note(state, args)
  if state.notes[args.id] then return "Error: there is a note " .. args.id end
  state.notes[args.id] = object("text", args.text, "kind", args.kind or "plain", "written", now)
  return state.notes[args.id]
end

local function find_notes(state, args)
  local found = array()
  for _, note in ipairs(where(state.notes, "kind", args.kind)) do found[#found + 1] = note.text end
  return found
end

return {get_note = get_note, add_note = add_note, find_notes = find_notes}
)";

constexpr const char* new_notes = R"({"first": {"text": "let it stand", "kind": "plain", "written": ""}}
)";

std::unique_ptr<Environment> open(const WorldArguments& arguments) {
    return open_named_world(arguments.directory.string(),
                            arguments.data ? files_in(*arguments.data) : WorldFiles());
}

int make_new(const WorldArguments& arguments) {
    constexpr std::array<std::pair<const char*, const char*>, 3> files{
        {{"world.json", new_world}, {"tools.lua", new_tools}, {"notes.json", new_notes}}};
    std::error_code error;
    fs::create_directories(arguments.directory, error);
    for (const auto& [name, text] : files) {
        const auto path = arguments.directory / name;
        if (fs::exists(path, error))
            throw Trouble("make world", path.string(), "it is there already", "name another directory");
        std::ofstream out(path, std::ios::binary);
        out << text;
        if (!out.flush()) throw Trouble("make world", path.string(), "it cannot be written");
    }
    say(fmt::format("a world of three tools is in {}; try: stet world run {}", arguments.directory.string(),
                    arguments.directory.string()));
    return 0;
}

int check(const WorldArguments& arguments) {
    const auto world = open(arguments);
    const auto tools = world->tools();
    fmt::print("{} {}: {} tools, state {}\n", safe(world->name()), safe(world->version()), tools.size(),
               to_string(world->state()));
    return 0;
}

int list_tools(const WorldArguments& arguments) {
    for (const auto& tool : open(arguments)->tools())
        fmt::print("{}\n", safe(tool));
    return 0;
}

std::string answer_json(const WorldAnswer& answer, const Digest& state) {
    JsonWriter json;
    json.open('{').member("status", word_of(answer.status)).member("content", answer.content);
    json.key("changes").raw(answer.changes.empty() ? "[]" : answer.changes);
    return json.member("state", state).close('}').take();
}

WorldCall call_of(const JsonValue& json) {
    const auto given = json["arguments"];
    return {json["tool"].text(), given ? std::string(given.raw()) : "{}",
            json["caller"].text_or("assistant")};
}

void begin_again(Environment& world, const JsonValue& setup) {
    WorldStart start;
    for (const auto& call : setup.elements())
        start.setup.push_back(call_of(call));
    if (const auto done = world.reset(start); !done) throw Trouble("reset", world.name(), done.error().what);
}

/// JSON lines in, one a call: {"tool":"get_note","arguments":{"id":"first"}}, with "caller" for other than
/// the assistant; {"reset":true,"setup":[CALL…]} begins anew.
int run(const WorldArguments& arguments) {
    const auto world = open(arguments);
    int code = 0;
    std::size_t number = 0;
    for (std::string line; std::getline(std::cin, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const auto document = JsonDocument::parse(line);
        const auto call = document ? document->root() : JsonValue();
        if (call["reset"].boolean().value_or(false)) {
            begin_again(*world, call["setup"]);
            continue;
        }
        if (!call["tool"].is(JsonKind::string)) {
            say(fmt::format("read line {}: it is no call; write {{\"tool\":NAME,\"arguments\":{{…}}}}",
                            number));
            code = 2;
            continue;
        }
        const auto answer = world->step(call_of(call));
        fmt::print("{}\n", answer_json(answer, world->state()));
        std::fflush(stdout);
    }
    return code;
}

}  // namespace

int world_command(const WorldArguments& arguments) {
    if (arguments.what == "new") return make_new(arguments);
    if (arguments.what == "check") return check(arguments);
    if (arguments.what == "tools") return list_tools(arguments);
    return run(arguments);
}

}  // namespace stet

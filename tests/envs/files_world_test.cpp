#include <stet/door/envs.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace stet {
namespace {

/// A tree with its contents, and a world that begins with it.
struct Fixture {
    WorldStart start;
    std::map<Digest, std::string> contents;
    std::unique_ptr<Environment> world = *make_world("files");

    Fixture() {
        start.root = "/srv/stet-ws";
        start.content = [this](const Digest& digest) -> Result<std::string> {
            const auto found = contents.find(digest);
            if (found == contents.end()) return Error{"no such content", ""};
            return found->second;
        };
    }

    void file(const std::string& path, const std::string& bytes, std::uint32_t mode = 0644) {
        TreeEntry entry;
        entry.path = path;
        entry.mode = mode;
        entry.content = sha256(bytes);
        entry.size = bytes.size();
        contents[entry.content] = bytes;
        start.tree.entries.push_back(entry);
    }
    void directory(const std::string& path, std::uint32_t mode = 0755) {
        TreeEntry entry;
        entry.path = path;
        entry.kind = EntryKind::directory;
        entry.mode = mode;
        start.tree.entries.push_back(entry);
    }
    void link(const std::string& path, const std::string& target) {
        TreeEntry entry;
        entry.path = path;
        entry.kind = EntryKind::symlink;
        entry.mode = 0;
        entry.target = target;
        start.tree.entries.push_back(entry);
    }
    void begin() {
        std::ranges::sort(start.tree.entries, {}, &TreeEntry::path);
        const auto ready = world->reset(start);
        REQUIRE_MESSAGE(ready.has_value(), (ready ? "" : ready.error().what));
    }
    WorldAnswer ask(const std::string& tool, const std::string& arguments) {
        return world->step({tool, arguments});
    }
};

std::uint32_t octal(const JsonValue& mode) {
    return static_cast<std::uint32_t>(std::strtoul(mode.text().c_str(), nullptr, 8));
}

/// Begins anew with the row's tree.
std::unique_ptr<Fixture> fixture_of(const JsonValue& tree) {
    auto fixture = std::make_unique<Fixture>();
    for (const auto& entry : tree.elements()) {
        const auto path = entry["path"].text();
        if (entry["target"]) {
            fixture->link(path, entry["target"].text());
        } else if (entry["content"]) {
            fixture->file(path, entry["content"].text(), octal(entry["mode"]));
        } else {
            fixture->directory(path, octal(entry["mode"]));
        }
    }
    fixture->begin();
    return fixture;
}

void compare_state(const Fixture& fixture, const JsonValue& after) {
    const auto& entries = fixture.world->tree()->entries;
    REQUIRE(entries.size() == after.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto expected = after[i];
        CAPTURE(entries[i].path);
        CHECK(entries[i].path == expected["path"].text());
        if (entries[i].kind == EntryKind::symlink) {
            CHECK(entries[i].target == expected["content"].text());
            continue;
        }
        CHECK(entries[i].mode == octal(expected["mode"]));
        if (entries[i].kind == EntryKind::file) {
            CHECK(*fixture.world->content(entries[i].content) == expected["content"].text());
        }
    }
    CHECK(fixture.world->state() == tree_digest(*fixture.world->tree()));
}

}  // namespace

// Every row of files_world_calls.jsonl was asked of @modelcontextprotocol/server-filesystem 2026.8.31
// under Node 24 on Linux, in one directory; what it answered stands in the row.
TEST_CASE("envs/files_world: it answers as the server did, byte for byte") {
    std::ifstream rows(STET_TEST_DATA "/files_world_calls.jsonl");
    REQUIRE(rows.good());
    std::unique_ptr<Fixture> fixture;
    int number = 0, compared = 0;
    for (std::string line; std::getline(rows, line);) {
        ++number;
        CAPTURE(number);
        const auto document = JsonDocument::parse(line);
        REQUIRE(document.has_value());
        const auto row = document->root();
        if (row["tree"]) {
            fixture = fixture_of(row["tree"]);
            continue;
        }
        if (row["after"]) {
            compare_state(*fixture, row["after"]);
            continue;
        }
        const WorldCall call{row["tool"].text(), row["arguments"].text()};
        CAPTURE(call.tool);
        CAPTURE(call.arguments);
        const auto expected = row["result"].text();
        const auto answer = fixture->world->step(call);
        ++compared;
        if (!row["normalised"]) {
            CHECK(answer.content == expected);
        } else if (answer.content != expected) {
            CHECK(answer.volatile_values);
            CHECK(fixture->world->normalise(call, answer.content) ==
                  fixture->world->normalise(call, expected));
        }
    }
    CHECK(compared > 500);
}

TEST_CASE("envs/files_world: the same calls give the same bytes and states") {
    const std::vector<WorldCall> calls{
        {"write_file", R"({"path":"d/new","content":"x\n"})"},
        {"edit_file", R"({"path":"a","edits":[{"oldText":"1","newText":"2"}]})"},
        {"move_file", R"({"source":"d","destination":"e"})"},
        {"create_directory", R"({"path":"p/q"})"},
        {"get_file_info", R"({"path":"a"})"},
        {"directory_tree", R"({"path":"."})"}};
    std::vector<std::string> first;
    for (int round = 0; round < 2; ++round) {
        Fixture fixture;
        fixture.file("a", "1\n");
        fixture.directory("d");
        fixture.file("d/x", "y");
        fixture.begin();
        std::vector<std::string> seen;
        for (const auto& call : calls) {
            seen.push_back(fixture.world->step(call).content);
            seen.push_back(to_hex(fixture.world->state()));
            CHECK(fixture.world->state() == tree_digest(*fixture.world->tree()));
        }
        if (round == 0) first = seen;
        CHECK(seen == first);
    }
}

TEST_CASE("envs/files_world: reset begins the episode anew") {
    Fixture fixture;
    fixture.file("a", "1\n");
    fixture.begin();
    const auto before = fixture.world->state();
    CHECK(before == tree_digest(fixture.start.tree));
    fixture.ask("write_file", R"({"path":"a","content":"2"})");
    CHECK(fixture.world->state() != before);
    fixture.begin();
    CHECK(fixture.world->state() == before);
}

TEST_CASE("envs/files_world: the umask makes the modes of what is new, old modes stay") {
    Fixture fixture;
    fixture.start.umask = 077;
    fixture.file("run", "x", 0755);
    fixture.begin();
    fixture.ask("write_file", R"({"path":"run","content":"y"})");
    fixture.ask("write_file", R"({"path":"new","content":"y"})");
    fixture.ask("create_directory", R"({"path":"dir"})");
    CHECK(fixture.world->tree()->find("run")->mode == 0755);
    CHECK(fixture.world->tree()->find("new")->mode == 0600);
    CHECK(fixture.world->tree()->find("dir")->mode == 0700);
}

TEST_CASE("envs/files_world: what it cannot know it does not answer") {
    struct Row {
        const char* name;
        WorldCall call;
    };
    const Row rows[] = {
        {"a home directory", {"read_text_file", R"({"path":"~/x"})"}},
        {"a content that was not kept", {"read_text_file", R"({"path":"big"})"}},
        {"a content that was erased", {"read_text_file", R"({"path":"gone"})"}},
        {"one of several", {"read_multiple_files", R"({"paths":["a","big"]})"}},
        {"a pattern of unsure meaning", {"search_files", R"_({"path":".","pattern":"+(!(a))"})_"}},
        {"arguments that are no JSON", {"read_text_file", R"({"path":)"}},
    };
    Fixture fixture;
    fixture.file("a", "1\n");
    fixture.file("big", "not kept");
    fixture.start.tree.entries.back().absent = true;
    fixture.file("gone", "erased");
    fixture.contents.erase(sha256("erased"));
    fixture.begin();
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto answer = fixture.world->step(row.call);
        CHECK(answer.status == ToolStatus::unanswered);
        CHECK(answer.content.empty());
    }
}

TEST_CASE("envs/files_world: statuses tell what kind of answer it is") {
    struct Row {
        WorldCall call;
        ToolStatus status;
    };
    const Row rows[] = {
        {{"read_text_file", R"({"path":"a"})"}, ToolStatus::ok},
        {{"read_text_file", R"({"path":"b"})"}, ToolStatus::tool_error},
        {{"read_text_file", "{}"}, ToolStatus::tool_error},
        {{"read_text_file", "[]"}, ToolStatus::protocol_error},
        {{"delete_file", R"({"path":"a"})"}, ToolStatus::unknown_tool},
        {{"list_allowed_directories", ""}, ToolStatus::ok},
    };
    Fixture fixture;
    fixture.file("a", "1\n");
    fixture.begin();
    for (const auto& row : rows) {
        CAPTURE(row.call.tool);
        CAPTURE(row.call.arguments);
        CHECK(fixture.world->step(row.call).status == row.status);
        CHECK(fixture.world->knows(row.call.tool) == (row.status != ToolStatus::unknown_tool));
    }
}

TEST_CASE("envs/files_world: entries that the snapshot left out are set aside in listings") {
    Fixture fixture;
    fixture.start.excluded = {"node_modules/", ".git/"};
    fixture.file("a.js", "1\n");
    fixture.begin();
    struct Row {
        WorldCall call;
        const char* recorded;
        bool equal;
    };
    const Row rows[] = {
        {{"list_directory", R"({"path":"."})"},
         R"({"content":[{"type":"text","text":"[DIR] .git\n[FILE] a.js\n[DIR] node_modules"}]})",
         true},
        {{"list_directory", R"({"path":"."})"},
         R"({"content":[{"type":"text","text":"[FILE] a.js\n[FILE] b.js"}]})",
         false},
        {{"search_files", R"({"path":".","pattern":"**/*.js"})"},
         R"({"content":[{"type":"text","text":"/srv/stet-ws/a.js\n/srv/stet-ws/node_modules/m/i.js"}]})",
         true},
        {{"search_files", R"({"path":".","pattern":"**/*.js"})"},
         R"({"content":[{"type":"text","text":"/srv/stet-ws/b.js\n/srv/stet-ws/node_modules/m/i.js"}]})",
         false},
        {{"directory_tree", R"({"path":"."})"},
         R"({"content":[{"type":"text","text":"[{\"name\":\".git\",\"type\":\"directory\",)"
         R"(\"children\":[]},{\"name\":\"a.js\",\"type\":\"file\"}]"}]})",
         true},
        {{"read_text_file", R"({"path":"a.js"})"}, R"({"content":[{"type":"text","text":"1"}]})", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.recorded);
        const auto answer = fixture.world->step(row.call);
        const bool equal = fixture.world->normalise(row.call, row.recorded) ==
                           fixture.world->normalise(row.call, answer.content);
        CHECK(equal == row.equal);
        if (row.equal) CHECK(answer.volatile_values);
    }
}

TEST_CASE("envs/files_world: a start that is none is refused") {
    Fixture relative;
    relative.start.root = "ws";
    CHECK_FALSE(relative.world->reset(relative.start).has_value());
    Fixture orphan;
    orphan.file("d/x", "1");
    CHECK_FALSE(orphan.world->reset(orphan.start).has_value());
    Fixture unsorted;
    unsorted.file("b", "1");
    unsorted.file("a", "1");
    CHECK_FALSE(unsorted.world->reset(unsorted.start).has_value());
}

TEST_CASE("envs/worlds: worlds are found by name and by server") {
    CHECK(world_names() == std::vector<std::string>{"files"});
    CHECK((*make_world("files"))->name() == "files");
    const auto none = make_world("airline");
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().hint.find("files") != std::string::npos);
    CHECK(world_for_server("secure-filesystem-server") == "files");
    CHECK(world_for_server("everything") == "");
}

}  // namespace stet

#include "tests/support/entries.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/json.hpp>
#include <stet/tree.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

namespace stet {
namespace {

using test::directory_entry;
using test::file_entry;
using test::symlink_entry;

// A few names that sort differently by bytes than by components, one that is no UTF-8.
const std::string names[] = {"a", "a-b", "a0", "b", ".c", "\xFF", "\xC3\xBC", "q\"\n"};

class TreeMaker {
public:
    explicit TreeMaker(unsigned seed) : random_(seed) {}

    Tree tree() {
        std::map<std::string, TreeEntry> entries;
        fill(entries, "", 0);
        Tree tree;
        for (auto& [path, entry] : entries)
            tree.entries.push_back(std::move(entry));
        return tree;
    }
    std::size_t below(std::size_t bound) { return random_() % bound; }

private:
    void fill(std::map<std::string, TreeEntry>& entries, const std::string& above, int depth) {
        for (const auto& name : names) {
            if (below(3) == 0) continue;
            const auto path = above + name;
            auto entry = any(path);
            if (entry.kind == EntryKind::directory && depth < 2) fill(entries, path + "/", depth + 1);
            // Now and then a directory is no entry of its own.
            if (entry.kind != EntryKind::directory || below(8) != 0) entries.emplace(path, std::move(entry));
        }
    }
    TreeEntry any(const std::string& path) {
        const auto content = std::to_string(below(3));
        switch (below(5)) {
            case 0:
                return symlink_entry(path, below(2) == 0 ? "../x" : "\xE9");
            case 1:
            case 2:
                return directory_entry(path, below(2) == 0 ? 0755 : 01777);
            default: {
                auto entry = file_entry(path, content, below(2) == 0 ? 0644 : 0755);
                entry.redacted = below(6) == 0;
                entry.absent = below(6) == 0;
                if (entry.absent && below(2) == 0) entry.content = Digest{};
                return entry;
            }
        }
    }

    std::mt19937 random_;
};

std::string what_of(const Result<Tree>& tree) {
    return tree ? "accepted" : tree.error().what;
}

}  // namespace

TEST_CASE("core/tree: every vector has the digest or the error that it states") {
    const auto text = test::read_file(std::string(STET_VECTORS_DIR) + "/tree.json");
    const auto vectors = JsonDocument::parse(text).value();
    REQUIRE(vectors.root().size() >= 40);
    for (const auto& row : vectors.root().elements()) {
        const auto name = row["name"].text();
        CAPTURE(name);
        const auto manifest = row["manifest"].text();
        const auto tree = decode_tree(manifest);
        if (row["digest"]) {
            REQUIRE(tree.has_value());
            CHECK(encode_tree(*tree) == manifest);
            CHECK(to_string(tree_digest(*tree)) == row["digest"].text());
        } else {
            CHECK(what_of(tree).find(row["error"].text()) != std::string::npos);
        }
    }
}

TEST_CASE("core/tree: a manifest has one compact line per entry") {
    const Tree tree{
        {directory_entry("src"), file_entry("src/a.txt", "hello\n"), symlink_entry("src/up", "..")}};
    CHECK(encode_tree(tree) ==
          "{\"path\":\"src\",\"kind\":\"directory\",\"mode\":\"0755\"}\n"
          "{\"path\":\"src/a.txt\",\"kind\":\"file\",\"mode\":\"0644\",\"content\":"
          "\"sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\",\"size\":6}\n"
          "{\"path\":\"src/up\",\"kind\":\"symlink\",\"mode\":\"0000\",\"target\":\"..\"}\n");
    CHECK(tree_digest(tree) == sha256(encode_tree(tree)));
    CHECK(tree_digest(Tree{}) == sha256(""));
}

TEST_CASE("core/tree: errors name the line and the path") {
    const auto good = encode_tree({{file_entry("a", "")}});
    CHECK(what_of(decode_tree(good + "{\"path\":\"../b\",\"kind\":\"file\",\"mode\":\"0644\"}\n")) ==
          "read a tree manifest: line 2: read a tree entry: \"../b\" has the component \".\" or \"..\"");
    CHECK(what_of(decode_tree(good + good)) == "use a tree: \"a\" is there twice");
    CHECK(what_of(decode_tree(good + "{")) == "read a tree manifest: line 2: it does not end in a newline");
    const auto long_path = std::string(300, 'x') + "/..";
    CHECK(what_of(decode_tree("{\"path\":\"" + long_path + "\"}\n")).size() < 400);
}

TEST_CASE("core/tree: random trees are read back from their manifests, and any change of a byte shows") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        TreeMaker maker(seed);
        const auto tree = maker.tree();
        auto manifest = encode_tree(tree);
        REQUIRE(decode_tree(manifest).value() == tree);
        if (manifest.empty()) continue;
        for (int i = 0; i < 5; ++i) {
            auto& byte = manifest[maker.below(manifest.size())];
            const char was = byte;
            byte = static_cast<char>(byte ^ (1 << maker.below(7)));
            const auto other = decode_tree(manifest);
            if (other) CHECK(tree_digest(*other) == sha256(manifest));
            if (other) CHECK(tree_digest(*other) != tree_digest(tree));
            byte = was;
        }
    }
}

TEST_CASE("core/tree: entries are found by path") {
    const Tree tree{
        {directory_entry("a"), file_entry("a-b", "1"), file_entry("a/x", "2"), file_entry("a0", "3")}};
    for (const auto& entry : tree.entries)
        CHECK(tree.find(entry.path) == &entry);
    for (const char* path : {"", "a/", "a/w", "a1", "A", "a/x/y"})
        CHECK(tree.find(path) == nullptr);
    CHECK(Tree{}.find("a") == nullptr);
}

TEST_CASE("core/tree: a diff is what it takes, sorted by path") {
    const Tree before{
        {file_entry("gone", "1"), file_entry("mode", "2"), file_entry("same", "3"), file_entry("what", "4")}};
    const Tree after{{file_entry("mode", "2", 0755), file_entry("new", "5"), file_entry("same", "3"),
                      symlink_entry("what", "new")}};
    const auto edits = diff_trees(before, after);
    REQUIRE(edits.size() == 4);
    CHECK(edits[0].path() == "gone");
    CHECK_FALSE(edits[0].after);
    CHECK(edits[1].path() == "mode");
    CHECK(edits[1].before->mode == 0644);
    CHECK(edits[1].after->mode == 0755);
    CHECK(edits[2].path() == "new");
    CHECK_FALSE(edits[2].before);
    CHECK(edits[3].after->kind == EntryKind::symlink);
    CHECK(diff_trees(before, before).empty());
}

TEST_CASE("core/tree: a diff applied gives the state after, and its inverse the state before") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        TreeMaker maker(seed);
        const auto before = maker.tree();
        const auto after = maker.tree();
        const auto edits = diff_trees(before, after);
        CHECK(apply_edits(before, edits).value() == after);
        CHECK(apply_edits(after, invert(edits)).value() == before);
        CHECK(invert(edits) == diff_trees(after, before));
        CHECK(decode_edits(encode_edits(edits)).value() == edits);
        // On the wrong tree, every edit is refused that has something to find.
        if (before != after) CHECK(apply_edits(after, edits).has_error());
    }
}

TEST_CASE("core/tree: an edit that does not fit is refused by name") {
    const Tree tree{{directory_entry("d"), file_entry("f", "1")}};
    struct Row {
        const char* name;
        std::vector<TreeEdit> edits;
        const char* what;
    };
    const Row rows[] = {
        {"there already",
         {{std::nullopt, file_entry("f", "2")}},
         "apply a state diff: \"f\" is to be created and is there already"},
        {"not there",
         {{file_entry("e", "1"), std::nullopt}},
         "apply a state diff: \"e\" is to be changed and is not there"},
        {"not there, at the end",
         {{file_entry("z", "1"), std::nullopt}},
         "apply a state diff: \"z\" is to be changed and is not there"},
        {"another content",
         {{file_entry("f", "0"), file_entry("f", "2")}},
         "apply a state diff: \"f\" is not as the diff found it"},
        {"another mode",
         {{file_entry("f", "1", 0600), std::nullopt}},
         "apply a state diff: \"f\" is not as the diff found it"},
        {"first of two",
         {{file_entry("a", "1"), std::nullopt}, {file_entry("b", "1"), std::nullopt}},
         "apply a state diff: \"a\" is to be changed and is not there"},
        {"out of order",
         {{std::nullopt, file_entry("y", "")}, {std::nullopt, file_entry("x", "")}},
         "apply a state diff: \"x\" is edited twice or out of order"},
        {"twice",
         {{std::nullopt, file_entry("x", "")}, {file_entry("x", ""), std::nullopt}},
         "apply a state diff: \"x\" is edited twice or out of order"},
        {"no side", {{std::nullopt, std::nullopt}}, "apply a state diff: edit 0 has no side"},
        {"two paths",
         {{file_entry("f", "1"), file_entry("g", "1")}},
         "apply a state diff: \"g\" is renamed by its edit"},
        {"below a file",
         {{std::nullopt, file_entry("f/x", "")}},
         "use a tree: \"f/x\" stands below \"f\", which is no directory"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(what_of(apply_edits(tree, row.edits)) == row.what);
    }
}

TEST_CASE("core/tree: edits are written as JSON and read back strictly") {
    const std::vector<TreeEdit> edits = {{std::nullopt, directory_entry("d")},
                                         {symlink_entry("l", "x"), symlink_entry("l", "y")}};
    const auto json = encode_edits(edits);
    CHECK(json == R"([{"before":null,"after":{"path":"d","kind":"directory","mode":"0755"}},)"
                  R"({"before":{"path":"l","kind":"symlink","mode":"0000","target":"x"},)"
                  R"("after":{"path":"l","kind":"symlink","mode":"0000","target":"y"}}])");
    CHECK(decode_edits(json).value() == edits);
    CHECK(encode_edits({}) == "[]");
    CHECK(decode_edits("[]").value().empty());
    const std::string d = R"({"path":"d","kind":"directory","mode":"0755"})";
    const std::string e = R"({"path":"e","kind":"directory","mode":"0755"})";
    struct Row {
        std::string json;
        const char* what;
    };
    const Row rows[] = {
        {"", "expected a value"},
        {"{}", "expected a JSON array"},
        {"[1]", "neither side"},
        {"[{}]", "neither side"},
        {R"([{"before":null,"after":null}])", "neither side"},
        {R"([{"before":7,"after":null}])", "expected a JSON object"},
        {"[{\"before\":" + d + ",\"after\":" + e + "}]", "different paths"},
        {"[{\"after\":" + e + "},{\"after\":" + d + "}]", "edit 1: \"d\" is edited twice or out of order"},
        {"[{\"after\":" + d + "},{\"before\":" + d + "}]", "edited twice"},
        {R"([{"after":{"path":"/","kind":"directory","mode":"0755"}}])", "is absolute"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.json);
        const auto read = decode_edits(row.json);
        REQUIRE(read.has_error());
        CHECK(read.error().what.find(row.what) != std::string::npos);
    }
}

TEST_CASE("core/tree: text is valid UTF-8 without NUL bytes") {
    CHECK(looks_like_text(""));
    CHECK(looks_like_text("plain\r\n\t\x1b[0m"));
    CHECK(looks_like_text("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"));
    CHECK_FALSE(looks_like_text(std::string_view("a\0b", 3)));
    for (const char* bytes : {"\x80", "long enough for a word \xC3", "\xED\xA0\x80", "\xC0\xAF",
                              "\x7f"
                              "ELF\xFF"}) {
        CHECK_FALSE(looks_like_text(bytes));
    }
}

}  // namespace stet

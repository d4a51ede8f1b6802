#include "tests/support/temp_dir.hpp"
#include "tests/tidy/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace stet::tidy {
namespace {

bool is_passed_over(const std::filesystem::path& name) {
    constexpr std::array<std::string_view, 4> names = {"build", ".git", "__pycache__", "node_modules"};
    return std::ranges::find(names, name.string()) != names.end();
}

// Files that people write: the rest (corpora, goldens, images) is data.
bool is_written_by_hand(const std::filesystem::path& path) {
    constexpr std::array<std::string_view, 10> extensions = {".cpp", ".hpp", ".md", ".txt", ".cmake",
                                                             ".py",  ".mjs", ".sh", ".sql", ""};
    const auto extension = path.extension().string();
    return std::ranges::find(extensions, extension) != extensions.end();
}

bool is_data(std::string_view path) {
    return is_under(path, "tests/fuzz/corpus") || path.find("/golden/") != std::string_view::npos ||
           path.find("/data/") != std::string_view::npos || path == "LICENSE";
}

std::vector<std::string> list_paths() {
    const std::filesystem::path root = STET_SOURCE_DIR;
    std::vector<std::string> paths;
    for (auto i = std::filesystem::recursive_directory_iterator(root); i != std::filesystem::end(i); ++i) {
        if (is_passed_over(i->path().filename())) {
            i.disable_recursion_pending();
        } else if (i->is_regular_file()) {
            paths.push_back(i->path().lexically_relative(root).generic_string());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

const std::vector<Source>& tree() {
    static const auto sources = [] {
        std::vector<Source> all;
        for (const auto& path : list_paths()) {
            if (!is_written_by_hand(path) || is_data(path)) continue;
            all.push_back(make_source(path, test::read_file(std::filesystem::path(STET_SOURCE_DIR) / path)));
        }
        return all;
    }();
    return sources;
}

void expect_none(const Findings& findings) {
    for (const auto& [path, line, what] : findings) {
        FAIL_CHECK(path << (line == 0 ? "" : ":" + std::to_string(line)) << ": " << what);
    }
}

template <class Rule>
void hold_everywhere(Rule rule) {
    REQUIRE(tree().size() > 20);
    for (const auto& source : tree())
        expect_none(rule(source));
}

TEST_CASE("tidy/tree: rooms include words, their own door and their own headers") {
    hold_everywhere(check_includes);
}

TEST_CASE("tidy/tree: rooms that decide are pure") {
    hold_everywhere(check_purity);
}

TEST_CASE("tidy/tree: tools speak to people through one function") {
    hold_everywhere(check_speech);
}

TEST_CASE("tidy/tree: functions fit a screen") {
    hold_everywhere(check_function_lines);
    hold_everywhere(check_shell_function_lines);
}

TEST_CASE("tidy/tree: files stay short and lines fit") {
    hold_everywhere(check_file_lines);
    hold_everywhere(check_columns);
}

TEST_CASE("tidy/tree: no statement with co_await holds braces") {
    hold_everywhere(check_co_await);
}

TEST_CASE("tidy/tree: words are the house's words") {
    hold_everywhere(check_words);
}

TEST_CASE("tidy/tree: every document has one title and its links lead somewhere") {
    const auto paths = list_paths();
    hold_everywhere([&](const Source& source) { return check_markdown(source, paths); });
}

TEST_CASE("tidy/tree: a type's name belongs to one room") {
    expect_none(check_one_definition(tree()));
}

TEST_CASE("tidy/tree: every source file is built") {
    expect_none(check_listed(tree()));
}

}  // namespace
}  // namespace stet::tidy

#include "tests/storage/recording.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace stet;
using namespace stet::test;
namespace fs = std::filesystem;

namespace {

struct Run {
    std::uint8_t number;
    const char* name;
    std::int64_t begun;
};

void record(const fs::path& path, const std::vector<Run>& runs) {
    const auto log = LogWriter::create(path);
    for (const Run& run : runs) {
        log->begin(trajectory_id(run.number), run.name, run.begun);
        log->seal(trajectory_id(run.number));
    }
}

// Three logs, four runs; newest first: 0x40 0x30 0x20 0x10.
struct House {
    TempDir dir;
    std::unique_ptr<Catalogue> catalogue = open_catalogue(dir.path());

    House() {
        record(dir / "b.stet", {{0x10, "fix tests", 100}});
        record(dir / "a.stet", {{0x20, "", 200}, {0x40, "deploy", 400}});
        record(dir / "c.stet", {{0x30, "fix tests", 300}});
    }
    std::string find(const std::string& word) const {
        const auto found = catalogue->find(word);
        if (!found) return found.error().what + "; " + found.error().hint;
        return found->log.filename().string() + " " + std::to_string(found->summary.id.bytes[0]);
    }
};

std::string id_text(std::uint8_t number) {
    return to_string(trajectory_id(number));
}

}  // namespace

TEST_CASE("storage/catalogue: lists every run, newest first, and passes over what is no log") {
    const House house;
    write_file(house.dir / "bad.stet", "no log");
    write_file(house.dir / "notes.txt", "not even called one");
    std::vector<std::string> skipped;
    const auto runs = house.catalogue->list([&](const std::string& line) { skipped.push_back(line); });
    REQUIRE(runs.size() == 4);
    CHECK(runs[0].summary.id == trajectory_id(0x40));
    CHECK(runs[1].summary.id == trajectory_id(0x30));
    CHECK(runs[2].summary.id == trajectory_id(0x20));
    CHECK(runs[3].summary.id == trajectory_id(0x10));
    CHECK(runs[0].log == house.dir / "a.stet");
    REQUIRE(skipped.size() == 1);
    CHECK(skipped[0].find("bad.stet: not a stet log") != std::string::npos);
}

TEST_CASE("storage/catalogue: a run is found by place, name, id and path") {
    const House house;
    const std::string a = (house.dir / "a.stet").string();
    for (const auto& [word, found] : std::vector<std::pair<std::string, std::string>>{
             {"last", "a.stet 64"},
             {"last~0", "a.stet 64"},
             {"last~3", "b.stet 16"},
             {"deploy", "a.stet 64"},
             {"fix tests", "c.stet 48"},  // The newest of two.
             {id_text(0x10), "b.stet 16"},
             {id_text(0x20).substr(0, 2), "a.stet 32"},
             {a, "a.stet 64"},
             {a + "#" + id_text(0x20).substr(0, 3), "a.stet 32"},
         }) {
        CAPTURE(word);
        CHECK(house.find(word) == found);
    }
}

TEST_CASE("storage/catalogue: a file that is there is found by its name, whatever that holds") {
    const House house;
    for (const char* name : {"odd#1.stet", "odd.stet#zz"}) {
        CAPTURE(name);
        std::filesystem::copy_file(house.dir / "c.stet", house.dir / name);
        CHECK(house.find((house.dir / name).string()) == std::string(name) + " 48");
    }
}

TEST_CASE("storage/catalogue: an id is found however its letters are written") {
    const House house;
    std::string upper = id_text(0x30);
    for (char& c : upper)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    CHECK(house.find(upper) == "c.stet 48");
}

TEST_CASE("storage/catalogue: what is not found is told with what is near") {
    const House house;
    const std::string where = house.dir.path().string();
    for (const auto& [word, says] : std::vector<std::pair<std::string, std::string>>{
             {"lst", "no run 'lst' in " + where + "; did you mean last?; 4 runs there; `stet ls` shows them"},
             {"deplyo", "did you mean deploy?"},
             {"fix test", "did you mean fix tests?; 4 runs there"},
             {"z", "no run 'z' in " + where + "; 4 runs there"},  // One letter is near to everything.
             {"zz", "no run 'zz' in " + where + "; 4 runs there"},
             {"nothing like it", "no run 'nothing like it' in " + where + "; 4 runs there"},
             {"last~4", "there are 4 runs in " + where},
             {"last~x", "no run 'last~x'"},
             {"", "no run ''"},
             {(house.dir / "a.stet").string() + "#zz", "none begins so; the log holds"},
         }) {
        const std::string line = house.find(word);
        CAPTURE(word);
        CAPTURE(line);
        CHECK(line.find(says) != std::string::npos);
        CHECK(line.find('\n') == std::string::npos);
    }
    CHECK_THROWS_WITH_AS(house.find("elsewhere/x.stet"),
                         doctest::Contains("open log elsewhere/x.stet: No such file or directory"), Trouble);
}

TEST_CASE("storage/catalogue: a prefix that several ids share is refused, with those ids") {
    const TempDir dir;
    record(dir / "a.stet", {{1, "one", 1}, {0, "two", 2}});
    const auto found = open_catalogue(dir.path())->find("0");
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().what.find("2 runs begin so") != std::string::npos);
    CHECK(found.error().what.find("(one)") != std::string::npos);
    CHECK(found.error().hint == "type more of the id");
}

TEST_CASE("storage/catalogue: a directory that is not there yet is an empty one") {
    const TempDir dir;
    const auto catalogue = open_catalogue(dir / "not/yet");
    CHECK(catalogue->list(nullptr).empty());
    const auto found = catalogue->find("last");
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().hint == "record one with `stet run -- COMMAND`");
}

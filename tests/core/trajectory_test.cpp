#include <stet/trajectory.hpp>

#include <doctest/doctest.h>

#include <random>

namespace stet {
namespace {

TrajectoryId id_of(std::initializer_list<unsigned> last_bytes) {
    TrajectoryId id;
    auto at = id.bytes.size() - last_bytes.size();
    for (const auto byte : last_bytes)
        id.bytes[at++] = static_cast<std::uint8_t>(byte);
    return id;
}

}  // namespace

TEST_CASE("core/trajectory: an id is written in Crockford's base 32") {
    TrajectoryId all_ones;
    all_ones.bytes.fill(0xff);
    struct Row {
        TrajectoryId id;
        const char* text;
    };
    const Row rows[] = {
        {id_of({}), "00000000000000000000000000"},     {id_of({1}), "00000000000000000000000001"},
        {id_of({31}), "0000000000000000000000000z"},   {id_of({32}), "00000000000000000000000010"},
        {id_of({1, 0}), "00000000000000000000000080"}, {all_ones, "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(to_string(row.id) == row.text);
        CHECK(parse_trajectory_id(row.text).value() == row.id);
    }
}

TEST_CASE("core/trajectory: random ids come back, in either case, and sort as they are written") {
    std::mt19937 random(11);
    TrajectoryId before;
    for (int i = 0; i < 500; ++i) {
        TrajectoryId id;
        for (auto& byte : id.bytes)
            byte = static_cast<std::uint8_t>(random());
        auto text = to_string(id);
        CHECK((text < to_string(before)) == (id < before));
        for (char& letter : text)
            if (letter >= 'a' && random() % 2 == 0) letter = static_cast<char>(letter - 'a' + 'A');
        CAPTURE(text);
        CHECK(parse_trajectory_id(text).value() == id);
        before = id;
    }
}

TEST_CASE("core/trajectory: what is no id is refused with a reason") {
    struct Row {
        const char* text;
        const char* says;
    };
    const Row rows[] = {
        {"", "it has not 26 characters"},
        {"0000000000000000000000000", "it has not 26 characters"},
        {"000000000000000000000000000", "it has not 26 characters"},
        {"80000000000000000000000000", "larger than 128 bits"},
        {"0000000000000000000000000u", "character 26"},
        {"0000000000i000000000000000", "character 11"},
        {"0000000000-000000000000000", "character 11"},
        {"\xff"
         "0000000000000000000000000",
         "character 1 "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_trajectory_id(row.text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().what.find(row.says) != std::string::npos);
    }
}

TEST_CASE("core/trajectory: a task's id comes from instruction, state and checks alone") {
    CheckSpec check;
    check.digest = sha256("check");
    const auto state = sha256("state");
    const auto id = derive_task_id("do \"it\"", state, {check});
    const auto canonical =
        R"(["do \"it\"",")" + to_string(state) + R"(",[")" + to_string(check.digest) + R"("]])";
    CHECK(id == "task:" + to_hex(sha256(canonical)).substr(0, 32));

    auto renamed = check;
    renamed.name = "another";
    CHECK(derive_task_id("do \"it\"", state, {renamed}) == id);
    CHECK(derive_task_id("do it", state, {check}) != id);
    CHECK(derive_task_id("do \"it\"", sha256("other"), {check}) != id);
    CHECK(derive_task_id("do \"it\"", state, {}) != id);
    CHECK(derive_task_id("do \"it\"", state, {check, check}) != id);
}

TEST_CASE("core/trajectory: a standing has its word") {
    CHECK(to_string(Standing::recording) == "recording");
    CHECK(to_string(Standing::sealed) == "sealed");
    CHECK(to_string(Standing::torn) == "torn");
}

}  // namespace stet

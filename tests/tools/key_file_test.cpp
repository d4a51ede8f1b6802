#include "tools/key_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <stet/result.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <sys/stat.h>

namespace stet {
namespace {

int no_links(const char*, const char*) {
    errno = EPERM;  // As vfat says it.
    return -1;
}

int full(const char*, const char*) {
    errno = ENOSPC;
    return -1;
}

std::ptrdiff_t files_in(const std::filesystem::path& directory) {
    return std::distance(std::filesystem::directory_iterator(directory), {});
}

}  // namespace

TEST_CASE("tools/key_file: a key is made once, with hard links and without") {
    for (auto* link : {static_cast<int (*)(const char*, const char*)>(nullptr), &no_links}) {
        const test::TempDir dir;
        const auto place = dir / "redaction.key";
        make_key_file(place, "the first", link);
        make_key_file(place, "another", link);
        CHECK(test::read_file(place) == "the first");
        struct stat status {};
        REQUIRE(stat(place.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
        CHECK(files_in(dir.path()) == 1);
    }
}

TEST_CASE("tools/key_file: a key that cannot be written is trouble, and leaves nothing") {
    const test::TempDir dir;
    CHECK_THROWS_AS(make_key_file(dir / "redaction.key", "key", full), Trouble);
    CHECK(files_in(dir.path()) == 0);
    CHECK_THROWS_AS(make_key_file(dir / "nowhere/redaction.key", "key"), Trouble);
}

}  // namespace stet

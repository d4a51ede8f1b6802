#include "formats/trial.hpp"

#include <doctest/doctest.h>

namespace stet {

TEST_CASE("formats/trial: moments are read as they are written, and as UTC where no zone is") {
    struct Row {
        const char* text;
        std::optional<std::int64_t> us;
    };
    const Row rows[] = {
        {"1970-01-01T00:00:00", 0},
        {"2025-08-01T16:16:37.053887", 1'754'064'997'053'887},
        {"2025-08-01 16:16:37.05", 1'754'064'997'050'000},
        {"2025-08-01T16:16:37Z", 1'754'064'997'000'000},
        {"2025-08-01T18:16:37+02:00", 1'754'064'997'000'000},
        {"2025-08-01T11:46:37.1234567-0430", 1'754'064'997'123'456},
        {"2025-02-29T00:00:00", {}},
        {"2025-08-01", {}},
        {"2025-08-01T16:16", {}},
        {"2025-08-01T16:16:37+02:00x", {}},
        {"2025-08-01T16:16:37 UTC", {}},
        {"", {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(parse_time_us(row.text) == row.us);
    }
}

}  // namespace stet

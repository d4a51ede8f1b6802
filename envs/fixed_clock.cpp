#include "envs/fixed_clock.hpp"

#include <stet/result.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <string>

namespace stet::envs {
namespace {

constexpr sqlite3_int64 unix_epoch_ms = 210'866'760'000'000;  // In Julian milliseconds.
constexpr sqlite3_int64 year_2000_s = 946'684'800;

/// Digits of `text` at `at`; −1 when there are none.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return -1;
    int number = 0;
    for (const char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

sqlite3_int64 unix_seconds(std::string_view clock) {
    using namespace std::chrono;
    constexpr std::size_t month = 5, day = 8, hour = 11, minute = 14, second = 17;
    const std::chrono::year_month_day date(
        year(number_at(clock, 0, 4)), std::chrono::month(static_cast<unsigned>(number_at(clock, month, 2))),
        std::chrono::day(static_cast<unsigned>(number_at(clock, day, 2))));
    if (number_at(clock, 0, 4) < 0 || !date.ok()) return year_2000_s;
    sqlite3_int64 seconds = sys_days(date).time_since_epoch().count() * sqlite3_int64{86'400};
    constexpr std::array<std::pair<std::size_t, int>, 3> parts{{{hour, 3600}, {minute, 60}, {second, 1}}};
    for (const auto& [at, unit] : parts)
        seconds += std::max(0, number_at(clock, at, 2)) * unit;
    return seconds;
}

/// SQLite counts its memory under one lock for the whole process, where worlds on many threads would queue.
/// (It refuses, and no harm is done, when the process used SQLite before.)
void count_no_memory() {
    static const int asked = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(asked);
}

}  // namespace

struct FixedClock::Vfs : sqlite3_vfs {
    std::string name;
    sqlite3_int64 now_ms = 0;

    static int now(sqlite3_vfs* vfs, sqlite3_int64* milliseconds) {
        *milliseconds = static_cast<Vfs*>(vfs)->now_ms;
        return SQLITE_OK;
    }
    static int now_days(sqlite3_vfs* vfs, double* days) {
        *days = static_cast<double>(static_cast<Vfs*>(vfs)->now_ms) / 86'400'000.0;
        return SQLITE_OK;
    }
};

FixedClock::FixedClock(std::string_view clock) : vfs_(std::make_unique<Vfs>()) {
    count_no_memory();
    const auto* usual = sqlite3_vfs_find(nullptr);
    if (usual == nullptr) throw Trouble("open", "a world's database", "SQLite has no VFS");
    static_cast<sqlite3_vfs&>(*vfs_) = *usual;
    vfs_->name = fmt::format("stet-{}", fmt::ptr(vfs_.get()));
    vfs_->zName = vfs_->name.c_str();
    vfs_->pNext = nullptr;
    vfs_->now_ms = unix_epoch_ms + unix_seconds(clock) * 1000;
    vfs_->xCurrentTime = Vfs::now_days;
    vfs_->xCurrentTimeInt64 = Vfs::now;
    if (sqlite3_vfs_register(vfs_.get(), 0) != SQLITE_OK)
        throw Trouble("open", "a world's database", "its clock cannot be registered");
}

FixedClock::~FixedClock() {
    sqlite3_vfs_unregister(vfs_.get());
}

const char* FixedClock::vfs() const {
    return vfs_->zName;
}

}  // namespace stet::envs

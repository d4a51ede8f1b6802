#pragma once

#include <memory>
#include <string_view>

namespace stet::envs {

/// What SQLite takes for the present: in a database that is opened with this VFS, `date('now')` and its like
/// say a declared time, on every day and every machine. Must outlive the databases. Throws Trouble.
class FixedClock {
public:
    /// "2023-11-30 00:00:00", "2024-05-15T15:00:00" or "2024-05-15" (UTC); for anything else the beginning of
    /// the year 2000.
    explicit FixedClock(std::string_view clock);
    ~FixedClock();
    FixedClock(const FixedClock&) = delete;
    FixedClock& operator=(const FixedClock&) = delete;

    const char* vfs() const;

private:
    struct Vfs;
    std::unique_ptr<Vfs> vfs_;
};

}  // namespace stet::envs

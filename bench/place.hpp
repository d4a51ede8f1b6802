#pragma once

#include <filesystem>

namespace stet::bench {

/// A directory for one run, beside the program, so that it is on a disk and not in memory. Removed with the
/// object. Throws Trouble.
class Place {
public:
    Place();
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace stet::bench

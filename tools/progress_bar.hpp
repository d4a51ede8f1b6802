#pragma once

#include <cstddef>
#include <mutex>
#include <string>

namespace stet {

/// How far a long command has come: one line on stderr, written over again, when that is a terminal; nothing
/// elsewhere. Any thread may step. Goes away with the object.
class ProgressBar {
public:
    ProgressBar(std::string what, std::size_t total);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void step();

private:
    void draw() const;

    const std::string what_;
    const std::size_t total_;
    const bool shown_;
    std::mutex mutex_;
    std::size_t done_ = 0;
};

}  // namespace stet

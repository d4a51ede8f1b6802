#include "tools/progress_bar.hpp"

#include "tools/say.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace stet {
namespace {

constexpr std::size_t bar_width = 30;

}  // namespace

ProgressBar::ProgressBar(std::string what, std::size_t total)
    : what_(std::move(what)), total_(total), shown_(total > 1 && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (shown_) say_over("");
}

void ProgressBar::step() {
    const std::lock_guard lock(mutex_);
    ++done_;
    // Redrawn a hundred times at most.
    if (shown_ && (done_ * 100 / total_ != (done_ - 1) * 100 / total_ || done_ == 1)) draw();
}

void ProgressBar::draw() const {
    const auto filled = done_ * bar_width / total_;
    say_over(fmt::format("{} [{}{}] {}/{}", what_, std::string(filled, '#'),
                         std::string(bar_width - filled, '.'), done_, total_));
}

}  // namespace stet

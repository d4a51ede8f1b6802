#include "core/utf8.hpp"

#include <stet/tree.hpp>

#include <optional>

namespace stet {
namespace {

// Matches one whole glob against one whole text. A mismatch goes back to the last star alone: what an
// earlier star could reach, the last one can reach too. So there are at most two places to go back to,
// the last `*` (which stays in its component) and, when that is exhausted, the last `**`.
class Matcher {
public:
    Matcher(std::string_view glob, std::string_view path) : glob_(glob), path_(path) {}

    bool matches() {
        for (;;) {
            if (glob_at_ == glob_.size() && path_at_ == path_.size()) return true;
            if (!step() && !go_back()) return false;
        }
    }

private:
    struct Star {
        std::size_t glob_at;    // What follows the star.
        std::size_t path_at;    // Where the star's text ends for now.
        bool whole_components;  // `**/`: it ends before a component only.
    };

    bool step();
    void star();
    bool go_back();
    bool extend(Star& star);
    std::size_t character_bytes(std::size_t at) const {
        return utf8_step(path_.data() + at, path_.data() + path_.size()).length;
    }

    const std::string_view glob_, path_;
    std::size_t glob_at_ = 0, path_at_ = 0;
    std::optional<Star> star_, double_star_;
};

// Begins a run of stars: it matches nothing at first.
void Matcher::star() {
    const std::size_t begin = glob_at_;
    glob_at_ = std::min(glob_.find_first_not_of('*', begin), glob_.size());
    if (glob_at_ - begin == 1) {
        star_ = {glob_at_, path_at_, false};
        return;
    }
    const bool whole =
        (begin == 0 || glob_[begin - 1] == '/') && glob_at_ != glob_.size() && glob_[glob_at_] == '/';
    if (whole) ++glob_at_;
    double_star_ = {glob_at_, path_at_, whole};
    star_.reset();
}

bool Matcher::step() {
    if (glob_at_ == glob_.size()) return false;
    if (glob_[glob_at_] == '*') {
        star();
        return true;
    }
    if (path_at_ == path_.size()) return false;
    if (glob_[glob_at_] != '?') return glob_[glob_at_++] == path_[path_at_++];
    if (path_[path_at_] == '/') return false;
    ++glob_at_;
    path_at_ += character_bytes(path_at_);
    return true;
}

// Lets the star take a little more; false when it can't.
bool Matcher::extend(Star& star) {
    if (star.path_at == path_.size()) return false;
    if (star.whole_components) {
        const std::size_t slash = path_.find('/', star.path_at);
        if (slash == std::string_view::npos) return false;
        star.path_at = slash + 1;
    } else {
        star.path_at += character_bytes(star.path_at);
    }
    glob_at_ = star.glob_at;
    path_at_ = star.path_at;
    return true;
}

bool Matcher::go_back() {
    const bool inside = star_ && star_->path_at != path_.size() && path_[star_->path_at] != '/';
    if (inside) return extend(*star_);
    star_.reset();
    return double_star_ && extend(*double_star_);
}

bool matches_whole(std::string_view glob, std::string_view path, bool anchored) {
    return Matcher(glob, anchored ? path : path.substr(path.rfind('/') + 1)).matches();
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view path) {
    const bool below = glob.ends_with('/');
    if (below) glob.remove_suffix(1);
    const bool anchored = glob.find('/') != std::string_view::npos;
    if (glob.starts_with('/')) glob.remove_prefix(1);
    if (glob.empty() || path.empty()) return false;
    if (!below) return matches_whole(glob, path, anchored);
    // The directory itself is `path` or one of the directories above it.
    for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        if (matches_whole(glob, path.substr(0, end), anchored)) return true;
        if (end == std::string_view::npos) return false;
    }
}

}  // namespace stet

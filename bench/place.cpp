#include "bench/place.hpp"

#include <stet/result.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace stet::bench {

namespace fs = std::filesystem;

Place::Place() {
    auto text = (fs::read_symlink("/proc/self/exe").parent_path() / "bench-XXXXXX").native();
    if (mkdtemp(text.data()) == nullptr) throw Trouble("make directory", text, std::strerror(errno));
    path_ = text;
}

Place::~Place() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace stet::bench

#include "workspace/exclusion.hpp"

#include <stet/door/workspace.hpp>
#include <stet/tree.hpp>

#include <algorithm>

namespace stet {
namespace {

using Globs = std::vector<std::string>;

// Repositories' innards: large, in motion, and rebuilt from what is watched or from a remote.
Globs repositories() {
    return {".git/", ".hg/", ".svn/", ".jj/"};
}

// Dependencies: installed from a lock file, never edited. A check needs them: they are bound for it.
// `vendor/` and `third_party/` are not here, since they are committed and patched by hand.
Globs dependencies() {
    return {
        "node_modules/", ".pnpm-store/", ".yarn/cache/", "bower_components/",                 // JavaScript
        ".venv/",        "venv/",        ".virtualenv/", "__pypackages__/",   "*.egg-info/",  // Python
        ".bundle/",      "elm-stuff/",   ".dart_tool/",  ".terraform/",       "Pods/",        // the others
    };
}

// Caches: what a tool writes for itself, and writes again when it is gone.
Globs caches() {
    return {
        "__pycache__/",   "*.pyc",    ".mypy_cache/", ".pytest_cache/",      ".ruff_cache/",  // Python
        ".tox/",          ".nox/",    ".hypothesis/", ".ipynb_checkpoints/", ".eggs/",        //
        ".parcel-cache/", ".turbo/",  ".nyc_output/", ".eslintcache",        ".sass-cache/",  // JavaScript
        ".gradle/",       ".ccache/", ".cache/",      ".DS_Store",           "Thumbs.db",     // the others
    };
}

// Build output that no one edits. A directory that is merely called `target`, `build` or `dist` may
// hold sources, and an agent does edit those, so only what cargo and Maven make in a `target` counts.
Globs build_output() {
    Globs globs{"CMakeFiles/", "**/.next/cache/"};
    for (const auto* made : {"debug/", "release/", "*/debug/", "*/release/", "classes/", "test-classes/"}) {
        globs.push_back(std::string("**/target/") + made);
    }
    return globs;
}

Globs all_of(std::initializer_list<Globs> lists) {
    Globs all;
    for (const auto& list : lists)
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

std::string_view last_component(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0: the whole path.
}

}  // namespace

const std::vector<std::string>& default_excludes() {
    static const auto excludes = all_of({repositories(), dependencies(), caches(), build_output()});
    return excludes;
}

const std::vector<std::string>& remade_excludes() {
    static const auto excludes = all_of({caches(), build_output()});
    return excludes;
}

namespace workspace {

Exclusion::Exclusion(const std::vector<std::string>& globs) {
    const auto has = [](std::string_view text, std::string_view any) {
        return text.find_first_of(any) != std::string_view::npos;
    };
    for (const auto& glob : globs) {
        const bool directory = glob.ends_with('/');
        const auto name = glob.substr(0, glob.size() - (directory ? 1 : 0));
        if (!name.empty() && !has(name, "*?[\\/")) {
            (directory ? directory_names_ : names_).insert(name);
        } else if (!directory && glob.size() > 1 && glob[0] == '*' && !has(glob.substr(1), "*?[\\/")) {
            endings_.push_back(glob.substr(1));
        } else if (!glob.empty()) {
            globs_.push_back(glob);
        }
    }
}

bool Exclusion::leaves_out(std::string_view path, bool is_directory) const {
    const auto name = last_component(path);
    if (names_.contains(name)) return true;
    if (is_directory && directory_names_.contains(name)) return true;
    const auto ends = [&](const std::string& ending) { return name.ends_with(ending); };
    if (std::any_of(endings_.begin(), endings_.end(), ends)) return true;
    return std::any_of(globs_.begin(), globs_.end(), [&](const std::string& glob) {
        return (is_directory || !glob.ends_with('/')) && glob_matches(glob, path);
    });
}

}  // namespace workspace
}  // namespace stet

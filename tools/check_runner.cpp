#include "tools/check_runner.hpp"

#include "tools/interruption.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

/// May a stranger make us read this? Dependencies and repositories' innards, at most.
bool is_usual(const std::string& path) {
    const auto& globs = default_excludes();
    return std::any_of(globs.begin(), globs.end(),
                       [&](const auto& glob) { return glob_matches(glob, path); });
}

/// In the rebuilt tree, does the way to the path lead through a symlink or a file?
bool is_barred(const Tree& tree, const std::string& path) {
    for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
        const auto* entry = tree.find(path.substr(0, slash));
        if (entry != nullptr && entry->kind != EntryKind::directory) return true;
        if (slash == std::string::npos) return false;
    }
}

}  // namespace

/// The recorded ones as they are here now; without a digest: not here, or not to be lent.
std::vector<ExcludedTree> CheckRunner::look_at_excluded(const CheckResult& recorded) const {
    std::vector<ExcludedTree> found;
    for (const auto& tree : recorded.environment.excluded) {
        ExcludedTree now{tree.path, {}};
        const bool may_look = tree.digest && (options_.trusted || is_usual(tree.path));
        if (may_look && options_.inside.is_absolute())
            now.digest = fingerprint_excluded(options_.inside, tree.path);
        found.push_back(std::move(now));
    }
    return found;
}

CheckRun CheckRunner::operator()(const CheckSpec& spec, const CheckResult& recorded, const Tree& tree) {
    CheckRun done;
    {
        const Interruption interruption;
        try {
            done = run(spec, recorded, tree, interruption.descriptor());
        } catch (const Trouble& trouble) {
            done = failed_check(fmt::format("sandbox: {}", trouble.what()));
        }
    }
    if (const int signal = Interruption::signal(); signal != 0) throw Interrupted{signal};
    return done;
}

CheckRun CheckRunner::run(const CheckSpec& spec, const CheckResult& recorded, const Tree& tree,
                          int stop_descriptor) {
    if (options_.sandbox == "none" && !options_.trusted)
        return failed_check("sandbox: this log was not made here; --trust runs its checks without one");
    auto bound = spec;
    bind_check(bound, options_.initial);
    if (spec.digest && bound.digest != spec.digest)
        return failed_check("spec: the recorded check is not what its digest names");
    if (!sandbox_) sandbox_ = make_sandbox(options_.sandbox);
    const ScratchDirectory scratch;
    CheckPlace place{.tree = scratch.path() / "tree",
                     .inside = options_.inside,
                     .lent = {},
                     .tools = {},
                     .stop_descriptor = stop_descriptor};
    if (place.inside.empty()) place.inside = "/workspace";
    place.lent = look_at_excluded(recorded);
    for (std::size_t i = 0; i < place.lent.size(); ++i) {
        auto& now = place.lent[i];
        const bool changed = now.digest && now.digest != recorded.environment.excluded[i].digest;
        if ((changed && !options_.trusted) || is_barred(tree, now.path)) {
            auto run =
                failed_check(fmt::format("environment: {} has changed since, and this log was not made "
                                         "here; --trust lends it",
                                         now.path));
            run.result.environment.excluded = place.lent;
            return run;
        }
    }
    if (!options_.trusted) place.tools = recorded.environment.toolchain;
    const auto wanted = with_protected(tree, options_.initial, spec.protect);
    if (const auto restored = restore(wanted, options_.content, place.tree); !restored)
        return failed_check(fmt::format("content: {}", restored.error().what));
    return run_check(*sandbox_, spec, place);
}

}  // namespace stet

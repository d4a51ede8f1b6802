#pragma once

#include "tools/checks.hpp"

#include <stet/event_source.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace stet {

/// Runs recorded checks again, over trees that replay rebuilt: lends it the disk and the sandbox.
///
/// A log names places of this machine: where its workspace lay, and what of it no snapshot has. A log of
/// our own is lent what is there now, and what has changed is said. A stranger's is lent only what it
/// proves to know, by its digest, and never a run without a sandbox.
class CheckRunner {
public:
    struct Options {
        std::string sandbox;           ///< The rung.
        std::filesystem::path inside;  ///< Where the recorded workspace lay.
        Tree initial;
        std::function<Result<std::string>(const Digest&)> content;
        bool trusted = false;
    };
    explicit CheckRunner(Options options) : options_(std::move(options)) {}

    /// Throws Interrupted after a signal that came meanwhile (`Interruption`: none must be held).
    CheckRun operator()(const CheckSpec& spec, const CheckResult& recorded, const Tree& tree);

private:
    std::vector<ExcludedTree> look_at_excluded(const CheckResult& recorded) const;
    CheckRun run(const CheckSpec& spec, const CheckResult& recorded, const Tree& tree, int stop_descriptor);

    Options options_;
    std::shared_ptr<Sandbox> sandbox_;  ///< Made when the first check needs it.
};

}  // namespace stet

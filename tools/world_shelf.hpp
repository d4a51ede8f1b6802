#pragma once

#include <stet/door/envs.hpp>
#include <stet/event_source.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace stet {

/// A declared world by name: a directory of that name first, then one that comes with stet. Throws Trouble.
std::unique_ptr<Environment> open_named_world(const std::string& name, const WorldFiles& data);

/// The opened worlds of one thread, each with what its verifiers share: opening one takes longer than a
/// trajectory.
class WorldShelf {
public:
    struct Opened {
        std::unique_ptr<Environment> world;
        VerifierMaker make_verifier;
    };

    /// `instead`: the world to open for every episode; empty for the one that it names. `data`: where initial
    /// states are that a log has not.
    WorldShelf(std::string instead, std::optional<std::filesystem::path> data)
        : instead_(std::move(instead)), data_(std::move(data)) {}

    /// The initial state comes out of the log. Throws Trouble.
    Opened& world_of(const EpisodeSpec& episode, const EventSource& source);

private:
    std::string instead_;
    std::optional<std::filesystem::path> data_;
    std::map<std::pair<std::string, Digest>, Opened> opened_;  // By name, and the data's manifest.
};

}  // namespace stet

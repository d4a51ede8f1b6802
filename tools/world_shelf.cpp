#include "tools/world_shelf.hpp"

#include <stet/tree.hpp>

#include <utility>

namespace stet {
namespace {

namespace fs = std::filesystem;

/// The files of a manifest, whose contents the log has. Empty when it names none.
WorldFiles files_of(const EpisodeSpec& episode, const EventSource& source) {
    if (!episode.data) return {};
    const auto manifest = source.payload(episode.data->digest);
    auto tree = manifest ? decode_tree(*manifest) : Result<Tree>(manifest.error());
    if (!tree) throw Trouble("read initial state", episode.world, tree.error().what, tree.error().hint);
    return [tree = *std::move(tree), &source](const std::string& name) -> std::optional<std::string> {
        const auto* entry = tree.find(name);
        if (entry == nullptr) return std::nullopt;
        auto bytes = source.payload(entry->content);
        return bytes ? std::optional(*std::move(bytes)) : std::nullopt;
    };
}

}  // namespace

std::unique_ptr<Environment> open_named_world(const std::string& name, const WorldFiles& data) {
    std::error_code error;
    auto declared = fs::is_directory(name, error) ? WorldFiles() : shipped_world(name);
    if (!declared) declared = files_in(name);
    auto world = open_world(name, declared, data);
    if (!world) throw Trouble("open world", name, world.error().what, world.error().hint);
    return *std::move(world);
}

WorldShelf::Opened& WorldShelf::world_of(const EpisodeSpec& episode, const EventSource& source) {
    const auto& name = instead_.empty() ? episode.world : instead_;
    const auto key = std::pair(name, episode.data ? episode.data->digest : Digest{});
    const auto known = opened_.find(key);
    if (known != opened_.end()) return known->second;
    auto files = data_ ? files_in(*data_) : files_of(episode, source);
    Opened opened{open_named_world(name, files), make_verifiers()};
    return opened_.emplace(key, std::move(opened)).first->second;
}

}  // namespace stet

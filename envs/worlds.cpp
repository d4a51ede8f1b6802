#include "envs/declared_world.hpp"
#include "envs/files_world.hpp"
#include "envs/shipped_files.hpp"
#include "envs/world_spec.hpp"

#include <stet/door/envs.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace stet {

std::vector<std::string> world_names() {
    return {"files"};
}

Result<std::unique_ptr<Environment>> make_world(std::string_view name) {
    if (name == "files") return make_files_world();
    return Error{fmt::format("make world {}: there is none of that name", name),
                 fmt::format("worlds: {}", fmt::join(world_names(), ", "))};
}

WorldFiles files_in(std::filesystem::path directory) {
    return [directory = std::move(directory)](const std::string& name) -> std::optional<std::string> {
        std::ifstream in(directory / name, std::ios::binary);
        if (!in) return std::nullopt;
        return std::string((std::istreambuf_iterator<char>(in)), {});
    };
}

WorldFiles shipped_world(std::string_view name) {
    const auto all = shipped_worlds();
    if (std::ranges::find(all, name) == all.end()) return {};
    return [world = std::filesystem::path(name)](const std::string& file) -> std::optional<std::string> {
        const auto path = (world / file).lexically_normal().string();
        const auto found = std::ranges::find(envs::shipped_files(), path, &envs::ShippedFile::path);
        if (found == envs::shipped_files().end()) return std::nullopt;
        return std::string(found->text);
    };
}

std::vector<std::string> shipped_worlds() {
    std::vector<std::string> names;
    for (const auto& file : envs::shipped_files()) {
        const auto slash = file.path.find('/');
        if (file.path.substr(slash + 1) == "world.json") names.emplace_back(file.path.substr(0, slash));
    }
    return names;
}

Result<std::unique_ptr<Environment>> open_world(std::string_view place, const WorldFiles& declared,
                                                const WorldFiles& data) {
    auto spec = envs::read_world(place, declared, data);
    if (!spec) return spec.error();
    return envs::make_declared_world(*std::move(spec));
}

std::string world_for_server(std::string_view server_name) {
    return server_name == "secure-filesystem-server" ? "files" : "";
}

}  // namespace stet

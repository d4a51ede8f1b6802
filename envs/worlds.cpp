#include "envs/declared_world.hpp"
#include "envs/files_world.hpp"
#include "envs/world_spec.hpp"

#include <stet/door/envs.hpp>

#include <fmt/format.h>

namespace stet {

std::vector<std::string> world_names() {
    return {"files"};
}

Result<std::unique_ptr<Environment>> make_world(std::string_view name) {
    if (name == "files") return make_files_world();
    return Error{fmt::format("make world {}: there is none of that name", name),
                 fmt::format("worlds: {}", fmt::join(world_names(), ", "))};
}

Result<std::unique_ptr<Environment>> open_world(const std::filesystem::path& directory,
                                                const std::filesystem::path& data) {
    auto spec = envs::read_world(directory, data);
    if (!spec) return spec.error();
    return envs::make_declared_world(*std::move(spec));
}

std::string world_for_server(std::string_view server_name) {
    return server_name == "secure-filesystem-server" ? "files" : "";
}

}  // namespace stet

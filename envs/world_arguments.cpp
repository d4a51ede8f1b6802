#include "envs/world_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stet::envs {
namespace {

bool is_known(const WorldSpec::Tool& tool, std::string_view name) {
    return std::ranges::find(tool.parameters, name, &Parameter::name) != tool.parameters.end();
}

Value without_unknown(const WorldSpec::Tool& tool, const Container& arguments) {
    std::vector<std::pair<std::string, Value>> known;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (is_known(tool, arguments.keys[i])) known.emplace_back(arguments.keys[i], arguments.items[i]);
    }
    return make_object(std::move(known));
}

}  // namespace

Result<Value> fitted_arguments(const WorldSpec& spec, std::string_view tool_name, const WorldSpec::Tool& tool,
                               Value arguments) {
    const bool bare = arguments.object() == nullptr;
    if (bare && spec.bare_argument_is_first && !tool.parameters.empty())
        return make_object({{tool.parameters.front().name, std::move(arguments)}});
    if (bare || tool.schema.empty() || spec.unknown_arguments == UnknownArguments::pass) return arguments;
    const auto& object = *arguments.object();
    const auto unknown =
        std::ranges::find_if_not(object.keys, [&](const auto& key) { return is_known(tool, key); });
    if (unknown == object.keys.end()) return arguments;
    if (spec.unknown_arguments == UnknownArguments::drop) return without_unknown(tool, object);
    std::vector<std::string> names;
    for (const auto& parameter : tool.parameters)
        names.push_back(parameter.name);
    return Error{
        fmt::format("{} takes no argument '{}'; it takes: {}", tool_name, *unknown, fmt::join(names, ", ")),
        {}};
}

}  // namespace stet::envs

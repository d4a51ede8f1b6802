#include "envs/python_arguments.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::envs {
namespace {

/// 'a', 'b', and 'c'; 'a' and 'b'.
std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool last = i + 1 == names.size();
        if (i > 0) text += names.size() > 2 ? (last ? ", and " : ", ") : " and ";
        text += python_repr(names[i]);
    }
    return text;
}

}  // namespace

std::string python_argument_error(std::string_view callable, const std::vector<Parameter>& parameters,
                                  const Container& arguments) {
    for (const auto& key : arguments.keys) {
        if (std::ranges::find(parameters, key, &Parameter::name) == parameters.end())
            return fmt::format("{}() got an unexpected keyword argument {}", callable, python_repr(key));
    }
    std::vector<std::string> missing;
    for (const auto& parameter : parameters) {
        if (parameter.required && arguments.get(parameter.name) == nullptr) missing.push_back(parameter.name);
    }
    if (missing.empty()) return {};
    return fmt::format("{}() missing {} required positional argument{}: {}", callable, missing.size(),
                       missing.size() == 1 ? "" : "s", listed(missing));
}

}  // namespace stet::envs

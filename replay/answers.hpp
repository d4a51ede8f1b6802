#pragma once

#include <stet/environment.hpp>
#include <stet/replay_report.hpp>

#include <string>
#include <string_view>

namespace stet {

/// How near a live answer came to the recorded one, without a look at the state: `none` when it is
/// another answer.
Level compare_answers(std::string_view recorded, const WorldAnswer& live, const WorldCall& call,
                      const Environment& world);

/// The first place where two answers differ.
struct Difference {
    std::string where;           ///< A JSON pointer (RFC 6901) into the recorded answer; empty for the whole.
    std::string recorded, live;  ///< Short forms.
};
Difference first_difference(std::string_view recorded, std::string_view live);

}  // namespace stet

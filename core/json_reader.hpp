#pragma once

#include <stet/json.hpp>

#include <string_view>
#include <vector>

namespace stet {

/// Fills `nodes` with the index of `text`, in the order in which values begin; the root is node 0.
/// Strict RFC 8259. Not recursive: depth costs no stack.
Result<void> index_json(std::string_view text, const JsonLimits& limits,
                        std::vector<JsonDocument::Node>& nodes);

}  // namespace stet

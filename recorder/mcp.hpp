#pragma once

#include "recorder/child.hpp"

#include <stet/door/recorder.hpp>

namespace stet {

// What the door's two functions do, between descriptors of the caller's choice.

AgentOutcome record_mcp_between(const ChildDescriptors& ours, const McpOptions& options, EventSink& sink);
Result<AgentOutcome> relay_mcp_between(const ChildDescriptors& ours, const McpOptions& options,
                                       const std::filesystem::path& socket);

}  // namespace stet

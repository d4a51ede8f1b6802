#pragma once

#include <stet/event.hpp>

#include <functional>

namespace stet {

/// Visits each slice of a body.
void for_each_slice(EventBody& body, const std::function<void(Slice&)>& visit);

}  // namespace stet

#pragma once

#include <stet/event_source.hpp>

#include <string>

namespace stet {

/// An event on one line for people: seq, step, kind and what matters of it.
std::string event_line(const Event& event, const EventSource& source);

}  // namespace stet

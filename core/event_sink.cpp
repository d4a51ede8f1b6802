#include <stet/event_sink.hpp>

namespace stet {

Payload Draft::attach(std::string bytes) {
    const Payload payload{sha256(bytes), bytes.size()};
    payloads.push_back(std::move(bytes));
    return payload;
}

}  // namespace stet

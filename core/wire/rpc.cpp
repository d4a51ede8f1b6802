#include <stet/wire/jsonrpc.hpp>

namespace stet {}  // namespace stet

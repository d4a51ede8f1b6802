#include <stet/wire/jsonrpc.hpp>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    stet::LineReader reader(1024);
    std::string joined;
    const std::string bytes(data, data + size);
    reader.read(bytes, [&](const std::string& line) {
        joined += line;
        const auto document = stet::JsonDocument::parse(line);
        if (!document) return;
        const auto message = stet::read_rpc(document->root());
        if (!message) return;
        STET_ASSERT(message->id.empty() == (message->kind == stet::RpcKind::notification));
    });
    STET_ASSERT(joined + reader.rest() == bytes);
    return 0;
}

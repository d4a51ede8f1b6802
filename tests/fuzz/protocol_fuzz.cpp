#include <stet/event_codec.hpp>
#include <stet/wire/protocol.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace {

using namespace stet;

/// Plays a script of wire events to a reader and checks what it says. A record of the script is a
/// letter and a body; records end at 0x1E.
class Script {
public:
    void play(char kind, const std::string& body) {
        switch (kind) {
            case 'q':
                return ask("/v1/messages", body);
            case 'Q':
                return ask("/v1/chat/completions", body);
            case 'r':
                return give("application/json", body, true);
            case 's':
                return give("text/event-stream", body, true);
            case 'c':
                return give("text/event-stream", body, false);
            case 'm':
                return rpc(Side::agent, body);
            case 'M':
                return rpc(Side::upstream, body);
            case 'a':
                return add(Response{.peer = "p", .protocol = "mcp/stdio", .body = keep(body)}, last_);
            case 'e':
                return add(TransportError{.phase = "head", .kind = body, .detail = {}}, last_);
            case 'x':
                return add(ConnectionClosed{}, {});
            case 'd':
                return add(StateDiff{.before = sha256(body), .after = {}}, {});
            default:
                break;
        }
    }

private:
    void ask(std::string target, const std::string& body) {
        last_ = Seq{next_};
        add(Request{.peer = "p",
                    .protocol = "http/1.1",
                    .method = "POST",
                    .target = std::move(target),
                    .id = {},
                    .head = keep("POST / HTTP/1.1\r\n\r\n"),
                    .body = keep(body)},
            {});
    }

    void give(std::string media, const std::string& body, bool complete) {
        add(Response{.peer = "p",
                     .protocol = "http/1.1",
                     .status = 200,
                     .body = keep(body),
                     .media_type = std::move(media),
                     .complete = complete},
            last_);
    }

    void rpc(Side from, const std::string& body) {
        last_ = Seq{next_};
        add(Request{.from = from,
                    .peer = "p",
                    .protocol = "mcp/stdio",
                    .method = {},
                    .target = {},
                    .id = {},
                    .body = keep(body)},
            {});
    }

    Payload keep(const std::string& bytes) {
        const Payload payload{sha256(bytes), bytes.size()};
        payloads_.emplace(payload.digest, bytes);
        return payload;
    }

    void add(EventBody body, std::optional<Seq> cause) {
        const auto fetch = [this](const Digest& digest) -> Result<std::string> {
            const auto found = payloads_.find(digest);
            if (found == payloads_.end()) return Error{"not there", ""};
            return found->second;
        };
        Event event;
        event.seq = Seq{next_++};
        event.connection = 1;
        event.cause = cause;
        event.body = std::move(body);
        reader_.place(event, fetch);
        for (auto& parsed : reader_.read(event, Seq{next_}, fetch)) {
            STET_ASSERT(is_protocol(parsed.body));
            STET_ASSERT(parsed.cause == event.seq);
            for (const auto& bytes : parsed.payloads)
                keep(bytes);
            for_each_payload(parsed.body, [&](Payload& payload) {
                const auto found = payloads_.find(payload.digest);
                STET_ASSERT(found != payloads_.end() && found->second.size() == payload.size);
            });
            ++next_;
        }
    }

    ProtocolReader reader_;
    std::map<Digest, std::string> payloads_;
    std::uint32_t next_ = 0;
    std::optional<Seq> last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    std::string_view rest = bytes;
    Script script;
    while (!rest.empty()) {
        const auto record = rest.substr(0, rest.find('\x1e'));
        rest.remove_prefix(std::min(record.size() + 1, rest.size()));
        if (!record.empty()) script.play(record.front(), std::string(record.substr(1)));
    }
    return 0;
}

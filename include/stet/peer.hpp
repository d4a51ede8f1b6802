#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace stet {

/// A request as a peer gets it: whole.
struct PeerRequest {
    std::string method, target;
    std::string body;  ///< Content codings undone.
};

/// One act of an answer.
struct PeerAct {
    enum class Then : unsigned char { go_on, close, reset };
    std::chrono::milliseconds wait{0};  ///< Before it.
    std::string bytes;                  ///< On the wire as they are, head included.
    Then then = Then::go_on;
};

/// Contract: something that answers requests with a timed plan of bytes: a scripted model, or a
/// recording served again. Pure: it decides, the recorder's listener carries. Thread: one.
class Peer {
public:
    virtual ~Peer() = default;
    virtual std::vector<PeerAct> answer(const PeerRequest& request) = 0;
};

}  // namespace stet

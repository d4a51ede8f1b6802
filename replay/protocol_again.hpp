#pragma once

#include "replay/findings.hpp"

#include <stet/event_source.hpp>
#include <stet/wire/protocol.hpp>

#include <deque>

namespace stet {

/// Reads the protocol events again from the wire events, and compares each with the one in the log.
/// Stops at the first that differs: what follows from another reading says nothing.
class ProtocolAgain {
public:
    /// `source` and `findings` must outlive this.
    ProtocolAgain(const EventSource& source, Findings& findings) : source_(source), findings_(findings) {}

    void see(const Event& event);
    /// The log has ended; a torn one may end in the middle.
    void finish(bool torn);

    /// Every protocol event so far was read the same way again, from wire events that are there.
    bool confirms() const { return had_wire_ && !imported_ && !differs_; }
    /// Somebody else's recording, without the wire: there is nothing to read again.
    bool imported() const { return imported_; }
    bool had_wire() const { return had_wire_; }
    /// Some of the wire was erased: what came after it cannot be read again.
    bool missing() const { return missing_; }

private:
    void check(const Event& event);
    std::vector<std::string> texts_of(EventBody& body, const std::vector<std::string>& made) const;
    bool same_but_for_secrets(const Event& event, const Parsed& parsed) const;
    bool lacks(const Event& event) const;
    void differ(Seq at, std::string recorded, std::string live);
    ProtocolReader::Fetch fetch_from(const Event& event) const;

    const EventSource& source_;
    Findings& findings_;
    ProtocolReader reader_;
    std::deque<Parsed> expected_;
    bool differs_ = false, had_wire_ = false, imported_ = false, missing_ = false;
    Seq last_;
};

}  // namespace stet

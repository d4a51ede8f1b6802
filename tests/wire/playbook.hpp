#pragma once

#include <stet/wire/protocol.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stet::test {

/// What was said, one line per event. A type of its own, so that doctest can show it.
struct Lines : std::vector<std::string> {
    using std::vector<std::string>::vector;
    friend doctest::String toString(const Lines& lines) {
        std::string all;
        for (const auto& line : lines)
            all += "\n    " + line;
        return {all.data(), static_cast<unsigned>(all.size())};
    }
};

/// Plays wire events to a ProtocolReader as a journal would, and tells what it said, one line per
/// protocol event: "#4 s1 tool_call t1 Bash {"command":"ls"}". Every slice is fetched and decoded, so
/// that a wrong citation shows.
class Playbook {
public:
    struct Ask {
        std::string target = "/v1/messages";
        std::string method = "POST";
        std::string agent;  ///< The sub-agent's id; empty for the main agent.
        std::uint32_t connection = 1;
        std::string coding;
        bool complete = true;
    };
    struct Give {
        int status = 200;
        std::string media = "application/json";
        bool complete = true;
        std::string coding;
    };

    Seq ask(const std::string& body, const Ask& how);
    Seq ask(const std::string& body) { return ask(body, Ask{}); }
    Seq give(Seq request, const std::string& body, const Give& how);
    Seq give(Seq request, const std::string& body) { return give(request, body, Give{}); }
    Seq stream(Seq request, const std::string& body, bool complete = true);
    Seq fail(Seq request, const std::string& kind);
    Seq hang_up(std::uint32_t connection);
    Seq rpc(Side from, const std::string& line, std::uint32_t connection = 7);
    /// `paired`: the recorder knows which request the line answers.
    Seq rpc_answer(Seq request, const std::string& line, bool paired = true);
    Seq diff(bool changed = true);
    Seq add(EventBody body, std::uint32_t connection = 0, std::optional<Seq> cause = {});

    /// What was said since this was last asked.
    Lines said();
    const Event& at(Seq seq) const { return events.at(seq.value); }
    std::string text_of(const Slice& slice) const;

    std::vector<Event> events;
    std::map<Digest, std::string> payloads;

private:
    Payload keep(const std::string& bytes);
    Result<std::string> fetch(const Digest& digest) const;
    std::string describe(const Event& event) const;
    std::string tell(const EventBody& body) const;

    ProtocolReader reader_;
    std::size_t told_ = 0;
};

/// "event: TYPE\ndata: JSON\n\n", the type taken out of the JSON.
std::string anthropic_event(std::string_view json);
/// "data: JSON\n\n".
std::string chat_event(std::string_view json);

}  // namespace stet::test

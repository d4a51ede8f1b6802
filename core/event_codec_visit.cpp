#include "core/event_fields.hpp"

#include <stet/event_codec.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace stet {
namespace {

/// Visits each Cited (Payload or Slice) in a body.
template <class Cited>
class CitationVisitor {
public:
    explicit CitationVisitor(const std::function<void(Cited&)>& visit) : visit_(visit) {}

    template <class T>
    void look(T& value) {
        if constexpr (std::same_as<T, Cited>)
            visit_(value);
        else if constexpr (std::same_as<T, Slice>)
            look(value.payload);
        else if constexpr (Described<T>)
            describe(Of<T>{}, [&](std::string_view, auto member, auto...) { look(value.*member); });
    }
    template <class T>
    void look(std::optional<T>& value) {
        if (value) look(*value);
    }
    template <class T>
    void look(std::vector<T>& values) {
        for (auto& value : values)
            look(value);
    }

private:
    const std::function<void(Cited&)>& visit_;
};

class TextVisitor {
public:
    explicit TextVisitor(const std::function<void(std::string&)>& visit) : visit_(visit) {}

    template <class T>
    void look(T& value) {
        if constexpr (std::same_as<T, std::string>)
            visit_(value);
        else if constexpr (Described<T>)
            describe(Of<T>{}, [&](std::string_view, auto member, auto... role) {
                if constexpr (sizeof...(role) == 0) look(value.*member);
            });
    }
    template <class T>
    void look(std::optional<T>& value) {
        if (value) look(*value);
    }
    template <class T>
    void look(std::vector<T>& values) {
        for (auto& value : values)
            look(value);
    }
    void look(std::pair<std::string, std::string>& pair) {
        visit_(pair.first);
        visit_(pair.second);
    }

private:
    const std::function<void(std::string&)>& visit_;
};

}  // namespace

void for_each_payload(EventBody& body, const std::function<void(Payload&)>& visit) {
    CitationVisitor<Payload> visitor(visit);
    std::visit([&](auto& alternative) { visitor.look(alternative); }, body);
}

void for_each_slice(EventBody& body, const std::function<void(Slice&)>& visit) {
    CitationVisitor<Slice> visitor(visit);
    std::visit([&](auto& alternative) { visitor.look(alternative); }, body);
}

void for_each_text(EventBody& body, const std::function<void(std::string&)>& visit) {
    TextVisitor visitor(visit);
    std::visit([&](auto& alternative) { visitor.look(alternative); }, body);
}

}  // namespace stet

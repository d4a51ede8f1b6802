#pragma once

#include "core/event_fields.hpp"

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace stet::test {

/// Fills every described field with something that is not its default, the same for the same seed.
/// A field that is not described stays as it was: `every_member_is_described` is what finds it.
class EventGenerator {
public:
    explicit EventGenerator(unsigned seed) : random_(seed) {}

    /// A body of the kind at this index of `kinds`.
    EventBody body(std::size_t kind) { return body(kind, std::make_index_sequence<kinds.size()>()); }
    Event event(std::size_t kind) {
        Event event;
        fill(event);
        event.body = body(kind);
        return event;
    }

    template <Described T>
    void fill(T& value) {
        describe(Of<T>{}, [&](std::string_view, auto member, auto...) { fill(value.*member); });
    }
    template <class T>
    void fill(std::optional<T>& value) {
        fill(value.emplace());
    }
    template <class T>
    void fill(std::vector<T>& values) {
        values.assign(1 + random_() % 3, T{});
        for (auto& value : values)
            fill(value);
    }
    template <class T>
        requires std::is_enum_v<T>
    void fill(T& value) {
        const auto count = words(Of<T>{}).size();
        const auto old = static_cast<std::size_t>(value);
        value = static_cast<T>((old + 1 + random_() % (count - 1)) % count);
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    void fill(T& value) {
        const T old = value;
        std::uniform_int_distribution<T> any(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        while (value == old)
            value = random_() % 2 == 0 ? any(random_) : static_cast<T>(random_() % 1000);
    }
    void fill(bool& value) { value = !value; }
    void fill(double& value) { value = std::uniform_real_distribution<double>(-1e9, 1e9)(random_); }
    void fill(std::string& value) {
        constexpr std::string_view pieces[] = {"a",  "\"", "\\", "\n", "\x01", "ü",
                                               "日", "😀", "/",  "<",  " ",    "\x7f"};
        value = "x";
        for (auto left = random_() % 12; left > 0; --left)
            value += pieces[random_() % std::size(pieces)];
    }
    void fill(std::pair<std::string, std::string>& pair) {
        fill(pair.first);
        fill(pair.second);
    }
    void fill(Seq& seq) { fill(seq.value); }
    void fill(Step& step) { fill(step.value); }
    void fill(Digest& digest) {
        for (auto& byte : digest.bytes)
            byte = static_cast<std::uint8_t>(random_());
    }
    void fill(Payload& payload) {
        fill(payload.digest);
        fill(payload.size);
    }
    void fill(Slice& slice) {
        fill(slice.payload);
        fill(slice.offset);
        fill(slice.length);
        fill(slice.coding);
    }

private:
    template <std::size_t... Index>
    EventBody body(std::size_t kind, std::index_sequence<Index...>) {
        EventBody body;
        static_cast<void>(((kind == Index && (body.emplace<Index>(), true)) || ...));
        std::visit([&](auto& alternative) { fill(alternative); }, body);
        return body;
    }

    std::mt19937 random_;
};

}  // namespace stet::test

#pragma once

#include "core/event_fields.hpp"

#include <stet/json.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stet {

/// Writes described structs as JSON objects: absent optionals and digests of nothing are null.
class EventWriter {
public:
    /// `json` must outlive the writer. `table`: payloads stand as their index in it (and are added);
    /// null: as {"digest":…,"size":…}.
    EventWriter(JsonWriter& json, std::vector<Payload>* table) : json_(json), table_(table) {}

    /// The members of a struct, without the brackets.
    template <Described T>
    void members(const T& value) {
        describe(Of<T>{}, [&](std::string_view name, auto member, auto...) {
            json_.key(name);
            write(value.*member);
        });
    }

    template <Described T>
    void write(const T& value) {
        json_.open('{');
        members(value);
        json_.close('}');
    }
    template <class T>
    void write(const std::optional<T>& value) {
        if (!value) {
            json_.null();
        } else if constexpr (std::same_as<T, Digest>) {
            json_.string(to_string(*value));  // In full, also when it is none: it was said to be there.
        } else {
            write(*value);
        }
    }
    template <class T>
    void write(const std::vector<T>& values) {
        json_.open('[');
        for (const auto& value : values)
            write(value);
        json_.close(']');
    }
    template <class T>
        requires std::is_enum_v<T>
    void write(T value) {
        json_.string(words(Of<T>{}).at(static_cast<std::size_t>(value)));
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    void write(T value) {
        char digits[24];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
        json_.raw({digits, static_cast<std::size_t>(end - digits)});
    }
    void write(bool value) { json_.boolean(value); }
    void write(double value) { json_.number(value); }
    void write(const std::string& value) { json_.string(value); }
    void write(const std::pair<std::string, std::string>& pair) {
        json_.open('[').string(pair.first).string(pair.second).close(']');
    }
    void write(const Seq& seq) { write(seq.value); }
    void write(const Step& step) { write(step.value); }
    void write(const Digest& digest) {
        if (digest)
            json_.string(to_string(digest));
        else
            json_.null();
    }
    void write(const Payload& payload) {
        if (table_ != nullptr) {
            write(place(payload));
            return;
        }
        json_.open('{').key("digest").string(to_string(payload.digest)).key("size");
        write(payload.size);
        json_.close('}');
    }
    void write(const Slice& slice) {
        json_.open('{').key("payload");
        write(slice.payload);
        json_.key("offset");
        write(slice.offset);
        json_.key("length");
        write(slice.length);
        json_.key("coding");
        write(slice.coding);
        json_.close('}');
    }

private:
    std::size_t place(const Payload& payload) {
        const auto found = std::ranges::find(*table_, payload);
        const auto index = static_cast<std::size_t>(found - table_->begin());
        if (found == table_->end()) table_->push_back(payload);
        return index;
    }

    JsonWriter& json_;
    std::vector<Payload>* table_;
};

}  // namespace stet

#include "envs/row_store.hpp"
#include "envs/row_table.hpp"
#include "envs/value_text.hpp"

#include <algorithm>

// The documents of collections, as tools have them in their hands.

namespace stet::envs {
namespace {

/// The containers of a value that is to be a part of a row.
Value own(const Value& value, std::uint32_t row) {
    auto* container = value.container();
    if (container == nullptr) return value;
    if (container->row != 0) return own(deep_copy(value), row);
    container->row = row;
    for (auto& item : container->items)
        item = own(item, row);
    return value;
}

}  // namespace

std::uint32_t RowStore::row_number(std::size_t table, std::string_view key) {
    auto& numbers = states_[table]->row_numbers;
    const auto known = numbers.find(key);
    if (known != numbers.end()) return known->second;
    row_names_.emplace_back(table, std::string(key));
    const auto number = static_cast<std::uint32_t>(row_names_.size());
    numbers.emplace(std::string(key), number);
    return number;
}

const Value* RowStore::document(std::size_t table, std::string_view key) {
    auto& state = *states_[table];
    const auto known = state.documents.find(key);
    if (known != state.documents.end()) return &known->second;
    state.read.bind(1, key);
    std::optional<Value> found;
    if (step(state.read)) found = parse_value(state.read.text(0)).value();
    state.read.reset();
    if (!found) return nullptr;
    const auto put = state.documents.emplace(std::string(key), own(*found, row_number(table, key)));
    return &put.first->second;
}

const std::vector<std::string>& RowStore::keys(std::size_t table) {
    auto& state = *states_[table];
    if (state.keys_known) return state.keys;
    state.keys.clear();
    while (step(state.list))
        state.keys.emplace_back(state.list.text(0));
    state.list.reset();
    state.keys_known = true;
    return state.keys;
}

std::vector<std::string> RowStore::where(std::size_t table, std::size_t index,
                                         const std::vector<Value>& values) {
    write_dirty();
    auto& search = states_[table]->by_index.at(index);
    for (std::size_t i = 0; i < values.size(); ++i)
        search.bind(static_cast<int>(i) + 1, values[i]);
    std::vector<std::string> found;
    while (step(search))
        found.emplace_back(search.text(0));
    search.reset();
    return found;
}

void RowStore::put_document(std::size_t table, std::string_view key, const Value& document) {
    auto& state = *states_[table];
    const bool known = this->document(table, key) != nullptr;
    const auto owned = own(document, row_number(table, key));
    state.documents.insert_or_assign(std::string(key), owned);
    write_document(known ? state.update : state.insert, key, owned);
}

bool RowStore::erase_document(std::size_t table, std::string_view key) {
    if (document(table, key) == nullptr) return false;
    auto& remove = states_[table]->remove;
    remove.bind(1, key);
    run(remove);
    return true;
}

void RowStore::touch(const Container& container) {
    if (container.row == 0 || std::ranges::find(dirty_, container.row) != dirty_.end()) return;
    dirty_.push_back(container.row);
}

Value RowStore::adopt(const Container& owner, const Value& value) {
    return owner.row == 0 ? value : own(value, owner.row);
}

void RowStore::write_dirty() {
    auto dirty = std::exchange(dirty_, {});
    for (const auto number : dirty) {
        const auto& [table, key] = row_names_[number - 1];
        const auto found = states_[table]->documents.find(key);
        if (found == states_[table]->documents.end()) continue;  // Erased since.
        write_document(states_[table]->update, key, found->second);
    }
}

/// `write` takes the key first, then the text.
void RowStore::write_document(Statement& write, std::string_view key, const Value& document) {
    const auto json = compact_json(document);
    write.bind(1, key).bind(2, std::string_view(json));
    writing_own_ = true;
    run(write);
    writing_own_ = false;
}

}  // namespace stet::envs

#include "envs/foreign_digest.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace stet::envs {

/// How an object of rows is written around them.
struct ForeignDigests::Form {
    std::string_view name;
    char open, close;
    bool pairs;            // ('key', value), else "key": value.
    bool comma_after_one;  // A tuple of one.
    std::string (*text)(const Value&);

    std::string lead(std::string_view key) const {
        return pairs ? fmt::format("({}, ", python_repr(key))
                     : fmt::format("{}: ", python_json(Value(std::string(key))));
    }
    std::string_view tail() const { return pairs ? ")" : ""; }
    void finish(Hasher& hasher, std::size_t members) const {
        if (comma_after_one && members == 1) hasher.update(",");
        hasher.update({&close, 1});
    }
};

const ForeignDigests::Form* ForeignDigests::form_named(std::string_view name) {
    static constexpr std::array<Form, 3> forms{
        {{"py-tuple-sha256", '(', ')', true, true,
          [](const Value& value) { return python_text(value, PythonForm::tuples); }},
         {"py-list-sha256", '[', ']', true, false,
          [](const Value& value) { return python_text(value, PythonForm::lists); }},
         {"pyjson-sha256", '{', '}', false, false, sorted_python_json}}};
    const auto found = std::ranges::find(forms, name, &Form::name);
    return found == forms.end() ? nullptr : &*found;
}

const std::string& ForeignDigests::text_of(const Form& form, std::size_t table, const std::string& key) {
    auto& texts = filled_[{form.name, table}];
    if (store_.may_differ(table, key)) {
        scratch_ = form.lead(key) + form.text(*store_.document(table, key));
        scratch_ += form.tail();
        return scratch_;
    }
    auto& text = texts[key];
    if (text.empty()) {
        text = form.lead(key) + form.text(*store_.document(table, key));
        text += form.tail();
    }
    return text;
}

void ForeignDigests::put_rows(Hasher& hasher, const Form& form, std::size_t table) {
    auto keys = store_.keys(table);
    std::ranges::sort(keys);
    hasher.update({&form.open, 1});
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i > 0) hasher.update(", ");
        hasher.update(text_of(form, table, keys[i]));
    }
    form.finish(hasher, keys.size());
}

Result<std::string> ForeignDigests::digest(std::string_view name, std::string_view part) {
    const auto* form = form_named(name);
    if (form == nullptr)
        return Error{fmt::format("there is no digest '{}'", name),
                     "digests: py-tuple-sha256, py-list-sha256, pyjson-sha256"};
    const auto& tables = store_.tables();
    if (!std::ranges::all_of(tables, &TableSpec::collection))
        return Error{fmt::format("a digest {} is made of collections", name), ""};
    Hasher hasher;
    if (!part.empty()) {
        const auto found = std::ranges::find(tables, part, &TableSpec::name);
        if (found == tables.end()) return Error{fmt::format("the world has no collection '{}'", part), ""};
        put_rows(hasher, *form, static_cast<std::size_t>(found - tables.begin()));
        return to_hex(hasher.finish());
    }
    std::vector<std::size_t> order(tables.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return tables[i].name; });
    hasher.update({&form->open, 1});
    for (std::size_t i = 0; i < order.size(); ++i) {
        hasher.update(i > 0 ? ", " : "").update(form->lead(tables[order[i]].name));
        put_rows(hasher, *form, order[i]);
        hasher.update(form->tail());
    }
    form->finish(hasher, order.size());
    return to_hex(hasher.finish());
}

}  // namespace stet::envs

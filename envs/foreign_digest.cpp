#include "envs/foreign_digest.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace stet::envs {
namespace {

constexpr std::size_t bytes_between_marks = 32 << 10;
constexpr std::size_t known_max = 4096;  // States; then the memory begins anew.

/// How an object of rows is written around them.
struct Form {
    std::string_view name;
    std::string_view open, close;
    bool pairs;            // ('key', value), else "key": value.
    bool comma_after_one;  // A tuple of one.
    std::string (*text)(const Value&);

    std::string lead(std::string_view key) const {
        return pairs ? fmt::format("({}, ", python_repr(key))
                     : fmt::format("{}: ", python_json(Value(std::string(key))));
    }
    std::string_view tail() const { return pairs ? ")" : ""; }
    std::string row(const std::string& key, const Value& document) const {
        auto written = lead(key) + text(document);
        written += tail();
        return written;
    }
};

constexpr std::array<Form, 3> forms{
    {{"py-tuple-sha256", "(", ")", true, true,
      [](const Value& value) { return python_text(value, PythonForm::tuples); }},
     {"py-list-sha256", "[", "]", true, false,
      [](const Value& value) { return python_text(value, PythonForm::lists); }},
     {"pyjson-sha256", "{", "}", false, false, sorted_python_json}}};

}  // namespace

/// The state's text in one form, as it was filled in, cut into rows and what stands between them.
class ForeignDigests::Text {
public:
    Text(RowStore& store, const Form& form, std::string part)
        : store_(store), form_(form), part_(std::move(part)) {
        for (std::size_t table = 0; table < store_.tables().size(); ++table) {
            if (part_.empty() || store_.tables()[table].name == part_) order_.push_back(table);
        }
        std::ranges::sort(
            order_, {}, [&](std::size_t table) -> const std::string& { return store_.tables()[table].name; });
        rows_.resize(order_.size());
    }

    bool is(std::string_view form, std::string_view part) const {
        return form_.name == form && part_ == part;
    }

    std::string digest() {
        const auto state = store_.digest();
        const auto known = known_.find(state);
        if (known != known_.end()) return known->second;
        if (known_.size() >= known_max) known_.clear();
        return known_.emplace(state, digest_anew()).first->second;
    }

private:
    struct Mark {
        std::size_t part = 0;    ///< Of `order_`.
        std::string key;         ///< The row that comes next.
        std::size_t before = 0;  ///< Rows of the part before it.
        Hasher hasher;
    };
    using Rows = std::map<std::string, std::string, std::less<>>;  // As filled in; empty: not written yet.

    /// Goes through the rows as they are now, from a mark or from the beginning.
    std::string digest_anew() {
        const auto changed = changed_rows();
        Hasher hasher;
        std::size_t part = 0, before = 0;
        std::string from;
        const auto* mark = mark_before(changed);
        if (mark != nullptr) {
            hasher = mark->hasher.copy();
            part = mark->part;
            before = mark->before;
            from = mark->key;
        } else {
            hasher.update(part_.empty() ? form_.open : "");
        }
        // Marks are made where nothing before them has changed, behind the last there is.
        bool marking = mark == nullptr ? marks_.empty() : mark == &marks_.back();
        std::size_t since_mark = 0;
        for (; part < order_.size(); ++part, before = 0, from.clear()) {
            if (from.empty()) open_part(hasher, part);
            auto& rows = rows_of(part);
            static const Changed::mapped_type none;
            const auto found = changed.find(part);
            const auto& others = found == changed.end() ? none : found->second;
            auto row = from.empty() ? rows.begin() : rows.find(from);
            auto other = from.empty() ? others.begin() : others.lower_bound(from);
            while (row != rows.end() || other != others.end()) {
                const bool is_other =
                    other != others.end() && (row == rows.end() || other->first <= row->first);
                marking = marking && !is_other;
                if (is_other && row != rows.end() && other->first == row->first) ++row;
                const auto& text = is_other ? other->second : written(part, *row);
                const auto& key = is_other ? other->first : row->first;
                if (marking && since_mark >= bytes_between_marks) {
                    marks_.push_back({part, key, before, hasher.copy()});
                    since_mark = 0;
                }
                if (!text.empty()) {
                    if (before++ > 0) hasher.update(", ");
                    hasher.update(text);
                    since_mark += text.size();
                }
                if (is_other)
                    ++other;
                else
                    ++row;
            }
            close_object(hasher, before);
            if (part_.empty()) hasher.update(form_.tail());
        }
        if (part_.empty()) close_object(hasher, order_.size());
        return to_hex(hasher.finish());
    }

    using Changed = std::map<std::size_t, std::map<std::string, std::string, std::less<>>>;

    /// The rows that may not be as they were filled in, by part; the text is empty of those that are gone.
    Changed changed_rows() {
        Changed changed;
        for (const auto& [table, key] : store_.may_differ()) {
            const auto at = std::ranges::find(order_, table);
            if (at == order_.end()) continue;
            const auto* document = store_.document(table, key);
            changed[static_cast<std::size_t>(at - order_.begin())][key] =
                document == nullptr ? std::string() : form_.row(key, *document);
        }
        return changed;
    }

    const Mark* mark_before(const Changed& changed) const {
        const auto touched =
            std::ranges::find_if(changed, [](const auto& part) { return !part.second.empty(); });
        if (touched == changed.end()) return marks_.empty() ? nullptr : &marks_.back();
        const auto& [part, rows] = *touched;
        const Mark* last = nullptr;
        for (const auto& mark : marks_) {
            if (mark.part < part || (mark.part == part && mark.key <= rows.begin()->first)) last = &mark;
        }
        return last;
    }

    void open_part(Hasher& hasher, std::size_t part) const {
        if (part_.empty()) {
            hasher.update(part > 0 ? ", " : "").update(form_.lead(store_.tables()[order_[part]].name));
        }
        hasher.update(form_.open);
    }

    void close_object(Hasher& hasher, std::size_t members) const {
        if (form_.comma_after_one && members == 1) hasher.update(",");
        hasher.update(form_.close);
    }

    /// The keys that were filled in. What an episode added is not among them.
    Rows& rows_of(std::size_t part) {
        auto& rows = rows_[part];
        if (rows) return *rows;
        rows.emplace();
        for (const auto& key : store_.filled_keys(order_[part]))
            rows->emplace(key, std::string());
        return *rows;
    }

    /// Of a row that has not changed.
    const std::string& written(std::size_t part, Rows::value_type& row) {
        if (row.second.empty()) row.second = form_.row(row.first, *store_.document(order_[part], row.first));
        return row.second;
    }

    RowStore& store_;
    const Form& form_;
    std::string part_;
    std::vector<std::size_t> order_;         // Tables, by name.
    std::vector<std::optional<Rows>> rows_;  // Beside `order_`.
    std::vector<Mark> marks_;
    std::map<Digest, std::string> known_;
};

ForeignDigests::ForeignDigests(RowStore& store) : store_(store) {}
ForeignDigests::~ForeignDigests() = default;

Result<std::string> ForeignDigests::digest(std::string_view name, std::string_view part) {
    const auto known = std::ranges::find_if(texts_, [&](const auto& text) { return text->is(name, part); });
    if (known != texts_.end()) return (*known)->digest();
    const auto form = std::ranges::find(forms, name, &Form::name);
    if (form == forms.end())
        return Error{fmt::format("there is no digest '{}'", name),
                     "digests: py-tuple-sha256, py-list-sha256, pyjson-sha256"};
    const auto& tables = store_.tables();
    if (!std::ranges::all_of(tables, &TableSpec::collection))
        return Error{fmt::format("a digest {} is made of collections", name), ""};
    if (!part.empty() && std::ranges::find(tables, part, &TableSpec::name) == tables.end())
        return Error{fmt::format("the world has no collection '{}'", part), ""};
    texts_.push_back(std::make_unique<Text>(store_, *form, std::string(part)));
    return texts_.back()->digest();
}

}  // namespace stet::envs

#pragma once

#include "envs/row_store.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// Digests of a world's whole state as the programs that it stands in for make them, so that what they
/// recorded can be compared. What a row amounts to in them is kept, so that only changed rows are written
/// again.
///
/// Sources: tau-bench, `tau_bench/envs/base.py` (sha256 over `str` of sorted pairs, as tuples; as lists in
/// its pull request 68); tau2-bench, `src/tau2/utils/utils.py` (sha256 over `json.dumps(…, sort_keys=True)`).
class ForeignDigests {
public:
    /// `store` must outlive this.
    explicit ForeignDigests(RowStore& store) : store_(store) {}

    /// `form`: "py-tuple-sha256", "py-list-sha256", "pyjson-sha256". `part`: a collection; empty for the
    /// object of all collections. 64 hexadecimal digits.
    [[nodiscard]] Result<std::string> digest(std::string_view form, std::string_view part);

private:
    struct Form;
    using Texts = std::map<std::string, std::string, std::less<>>;  // By key; of rows as they were filled in.

    void put_rows(Hasher& hasher, const Form& form, std::size_t table);
    const std::string& text_of(const Form& form, std::size_t table, const std::string& key);

    static const Form* form_named(std::string_view name);

    RowStore& store_;
    std::map<std::pair<std::string_view, std::size_t>, Texts> filled_;  // By the form's name and the table.
    std::string scratch_;
};

}  // namespace stet::envs

#pragma once

#include "envs/row_store.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// Digests of a world's whole state as the programs that it stands in for make them, so that what they
/// recorded can be compared. What a row amounts to in them is kept, and how far the digest had come at places
/// on the way: only what stands behind the first changed row is digested again, and nothing for a state that
/// was seen before.
///
/// Sources: tau-bench, `tau_bench/envs/base.py` (sha256 over `str` of sorted pairs, as tuples; as lists in
/// its pull request 68); tau2-bench, `src/tau2/utils/utils.py` (sha256 over `json.dumps(…, sort_keys=True)`).
class ForeignDigests {
public:
    /// `store` must outlive this.
    explicit ForeignDigests(RowStore& store);
    ~ForeignDigests();

    /// `form`: "py-tuple-sha256", "py-list-sha256", "pyjson-sha256". `part`: a collection; empty for the
    /// object of all collections. 64 hexadecimal digits.
    [[nodiscard]] Result<std::string> digest(std::string_view form, std::string_view part);

private:
    class Text;

    RowStore& store_;
    std::vector<std::unique_ptr<Text>> texts_;
};

}  // namespace stet::envs

#pragma once

#include <stet/replay_report.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace stet {

/// Where the passes of a replay write what they find.
class Findings {
public:
    /// `report` must outlive the findings.
    Findings(ReplayReport& report, std::size_t divergences_max) : report_(report), max_(divergences_max) {}

    void diverge(Divergence divergence) { found_.push_back(std::move(divergence)); }
    /// Counts a call. Fidelity is the weakest level of all.
    void call(Level level);
    /// Something happened that no call's level shows: nothing better than `level` can be said of the whole.
    void lower(Level level) { report_.fidelity = std::max(report_.fidelity, level); }
    void state(bool equal);
    /// Something could not be compared, since its content is not in the log any more.
    void missing(Divergence divergence);

    /// Puts the divergences into the report, in the order of their events, the first ones only.
    void finish();

private:
    ReplayReport& report_;
    std::size_t max_;
    std::vector<Divergence> found_;
};

/// At most 200 bytes of `text`, around `at`, whole characters, with an ellipsis where something is missing.
std::string short_form(std::string_view text, std::size_t at = 0);

}  // namespace stet

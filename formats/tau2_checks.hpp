#pragma once

#include "formats/trial.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// How a simulation of tau2-bench was judged, and how that is derived again. The values' documents must
/// outlive it.
class Tau2Checks {
public:
    /// `digested`: the parts of the state that are digested one by one; none: it is digested whole. `solo`:
    /// there is no user, and every tool is the agent's.
    Tau2Checks(const JsonValue& simulation, const JsonValue& task, std::vector<std::string_view> digested,
               bool solo);
    void write(TrialWriter& writer) const;

private:
    /// What a reward may rest on.
    struct Part {
        std::string_view basis;  ///< "ENV_ASSERTION", as upstream calls it.
        std::string_view name;   ///< "env_assertion", as the check is called.
        std::string verifier;    ///< Empty: 1, whatever happened.
        bool judged = false;     ///< By a model.
    };

    Part db() const;
    Part env_assertions() const;
    Part actions() const;
    Part communicated() const;
    Part judged() const;

    std::string gold() const;
    std::vector<std::string> basis() const;
    std::string reward() const;
    Part part_of(std::string_view basis) const;
    void write_part(TrialWriter& writer, const Part& part) const;
    void write_items(TrialWriter& writer) const;

    JsonValue info_, criteria_, history_;
    std::vector<std::string_view> digested_;
    bool solo_;
};

}  // namespace stet

#pragma once

#include "recorder/waiting.hpp"

#include <stet/workspace.hpp>

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stet {

/// Looks at the workspace between the agent's steps and appends what became of it, one StateDiff a
/// look, also when nothing changed. The scan itself runs on a thread of its own, in order; the log is
/// only touched on the I/O thread.
class StateWatch {
public:
    struct Look {
        std::uint32_t connection = 0;
        std::optional<Seq> cause;  ///< The request or response that occasioned it.
        bool ambiguous = false;    ///< Something else was going on.
        bool final_state = false;  ///< The agent has ended.
    };

    /// All references must outlive it.
    StateWatch(asio::io_context& io, Ledger& ledger, Workspace& workspace, Digest state, Tree tree,
               const std::function<void(const std::string&)>& warn);
    ~StateWatch();

    /// What could not be read and was said before: no look says it again. Before the first look.
    void pass_over(const std::vector<std::string>& said) { reported_.insert(said.begin(), said.end()); }

    /// Returns when the diff has been appended (or a Gap, when the scan failed): the ticket of the last
    /// thing that was; nothing when the log has failed.
    asio::awaitable<std::optional<Ticket>> look(Look look);

    /// As the last look that succeeded found it. Only while no look is going on.
    const Tree& tree() const { return tree_; }

private:
    struct Found;
    Found scan();
    std::optional<Ticket> append(const Look& look, Found found);
    std::optional<Ticket> append_gap(const Look& look, std::string reason, std::string place);

    // Constant after construction.
    asio::io_context& io_;
    Ledger& ledger_;
    Workspace& workspace_;
    const std::function<void(const std::string&)>& warn_;
    // The scanning thread only.
    Digest state_;
    Tree tree_;
    // The I/O thread only.
    std::set<std::string> reported_;
    bool warned_ = false;
    asio::thread_pool thread_{1};
};

}  // namespace stet

#include "tools/run_pool.hpp"

#include "tools/progress_bar.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace stet {
namespace {

constexpr std::size_t logs_open_max = 16;  // By one thread.

/// One thread's logs: many trajectories lie in one.
class OpenLogs {
public:
    OpenedRun run(const Located& located) {
        auto found = logs_.find(located.log);
        if (found == logs_.end()) {
            if (logs_.size() >= logs_open_max) logs_.clear();
            found = logs_.emplace(located.log, Log::open(located.log)).first;
        }
        return {located.log, located.summary, std::move(found->second)};
    }
    void give_back(OpenedRun run) { logs_.insert_or_assign(run.path, std::move(run.log)); }

private:
    std::map<std::filesystem::path, Log> logs_;
};

class Pool {
public:
    Pool(const std::vector<Located>& runs, const ReplayArguments& arguments, const std::string& what,
         const RunWork& work)
        : runs_(runs), arguments_(arguments), work_(work), troubles_(runs.size()), bar_(what, runs.size()) {}

    std::vector<std::string> run() {
        const auto wanted = arguments_.threads > 0 ? arguments_.threads : std::thread::hardware_concurrency();
        const auto count = std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(runs_.size(), 1));
        std::vector<std::thread> others;
        for (std::size_t i = 1; i < count; ++i)
            others.emplace_back([this] { loop(false); });
        loop(true);
        for (auto& other : others)
            other.join();
        if (!failure_) finish_rest();
        if (failure_) std::rethrow_exception(failure_);
        return std::move(troubles_);
    }

private:
    void loop(bool main_thread) {
        try {
            Replayer replayer(arguments_);
            OpenLogs logs;
            for (std::size_t i = next_++; i < runs_.size() && !stopped_; i = next_++)
                take(i, replayer, logs, main_thread);
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            stopped_ = true;
        }
    }

    void take(std::size_t i, Replayer& replayer, OpenLogs& logs, bool main_thread) {
        try {
            auto run = logs.run(runs_[i]);
            const bool done = work_(i, run, replayer, main_thread);
            logs.give_back(std::move(run));
            if (!done) {
                const std::lock_guard lock(mutex_);
                rest_.push_back(i);
                return;
            }
        } catch (const Trouble& trouble) {
            troubles_[i] = trouble.what();
        }
        bar_.step();
    }

    void finish_rest() {
        Replayer replayer(arguments_);
        OpenLogs logs;
        for (const auto i : rest_)
            take(i, replayer, logs, true);
    }

    const std::vector<Located>& runs_;
    const ReplayArguments& arguments_;
    const RunWork& work_;
    std::vector<std::string> troubles_;  // Beside `runs_`; each written by one thread.
    ProgressBar bar_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;  // Of what follows.
    std::vector<std::size_t> rest_;
    std::exception_ptr failure_;
};

}  // namespace

std::vector<std::string> for_each_run(const std::vector<Located>& runs, const ReplayArguments& arguments,
                                      const std::string& what, const RunWork& work) {
    return Pool(runs, arguments, what, work).run();
}

}  // namespace stet

#include "storage/printable.hpp"

#include <stet/door/storage.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace stet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t near_words_max = 5;
constexpr std::string_view log_suffix = ".stet";

// Levenshtein's distance, in bytes.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row[b.size()];
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

std::string count_of_runs(std::size_t count) {
    return count == 1 ? "1 run" : fmt::format("{} runs", count);
}

/// How a person would name it again.
std::string describe(const Located& run) {
    const std::string id = to_string(run.summary.id).substr(0, 8);
    return run.summary.name.empty() ? id : fmt::format("{} ({})", id, printable(run.summary.name, 60));
}

std::string describe_all(const std::vector<Located>& runs) {
    std::vector<std::string> words;
    for (const Located& run : runs) {
        if (words.size() == near_words_max) {
            words.push_back("…");
            break;
        }
        words.push_back(describe(run));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

bool newer(const Located& a, const Located& b) {
    if (a.summary.begun_wall_ms != b.summary.begun_wall_ms)
        return a.summary.begun_wall_ms > b.summary.begun_wall_ms;
    return a.summary.id < b.summary.id;
}

// "last" is 0, "last~2" is 2.
std::optional<std::size_t> parse_last(std::string_view word) {
    if (word == "last") return 0;
    if (!word.starts_with("last~")) return std::nullopt;
    std::size_t back = 0;
    const char* const end = word.data() + word.size();
    const auto [after, error] = std::from_chars(word.data() + 5, end, back);
    if (error != std::errc{} || after != end) return std::nullopt;
    return back;
}

bool looks_like_path(std::string_view word) {
    const std::string_view file = word.substr(0, word.find('#'));
    return file.find('/') != std::string_view::npos || file.ends_with(log_suffix);
}

Result<Located> only_match(std::vector<Located> matches) {
    if (matches.size() == 1) return std::move(matches.front());
    return Error{fmt::format("{} runs begin so: {}", matches.size(), describe_all(matches)),
                 "type more of the id"};
}

std::vector<Located> with_prefix(const std::vector<Located>& runs, std::string_view prefix) {
    std::vector<Located> matches;
    const std::string wanted = lower(prefix);
    for (const Located& run : runs) {
        if (!wanted.empty() && to_string(run.summary.id).starts_with(wanted)) matches.push_back(run);
    }
    return matches;
}

std::vector<Located> runs_of(const fs::path& path) {
    std::vector<Located> runs;
    for (TrajectorySummary& summary : Log::open(path).list())
        runs.push_back({path, std::move(summary)});
    return runs;
}

Result<Located> find_in_file(std::string_view word) {
    std::error_code absent;
    const bool whole = fs::exists(fs::path(word), absent);  // Then a '#' is part of its name.
    const std::size_t hash = whole ? std::string_view::npos : word.rfind('#');
    const fs::path path(word.substr(0, hash));
    const std::string_view prefix =
        hash == std::string_view::npos ? std::string_view() : word.substr(hash + 1);
    std::vector<Located> runs = runs_of(path);
    if (runs.empty()) return Error{"the log holds none", {}};
    if (prefix.empty()) return std::move(runs.back());
    auto matches = with_prefix(runs, prefix);
    if (!matches.empty()) return only_match(std::move(matches));
    return Error{fmt::format("none begins so; the log holds {}", describe_all(runs)), {}};
}

class DirectoryCatalogue final : public Catalogue {
public:
    explicit DirectoryCatalogue(fs::path directory) : directory_(std::move(directory)) {}

    std::vector<Located> list(const std::function<void(const std::string&)>& skipped) const override;
    Result<Located> find(std::string_view word) const override;

private:
    Result<Located> find_back(const std::vector<Located>& runs, std::size_t back) const;
    Error nothing_like(std::string_view word, const std::vector<Located>& runs) const;

    fs::path directory_;
};

std::vector<Located> DirectoryCatalogue::list(const std::function<void(const std::string&)>& skipped) const {
    std::vector<Located> runs;
    std::error_code absent;
    std::vector<fs::path> paths;
    for (fs::directory_iterator at(directory_, absent), end; at != end; at.increment(absent)) {
        if (at->path().extension() == log_suffix) paths.push_back(at->path());
    }
    if (absent && absent != std::errc::no_such_file_or_directory) {
        throw Trouble("list runs in", directory_.string(), absent.message(),
                      "set STET_HOME to a directory that can be read");
    }
    for (const fs::path& path : paths) {
        try {
            std::ranges::move(runs_of(path), std::back_inserter(runs));
        } catch (const Trouble& trouble) {
            if (skipped) skipped(trouble.what());
        }
    }
    std::ranges::sort(runs, newer);
    return runs;
}

Result<Located> DirectoryCatalogue::find(std::string_view word) const {
    std::error_code absent;
    if (looks_like_path(word)) return find_in_file(word);
    std::vector<Located> runs = list(nullptr);
    if (const auto back = parse_last(word)) return find_back(runs, *back);
    // The newest of a name: whoever runs a thing again under its name means the last time.
    for (Located& run : runs) {
        if (run.summary.name == word && !word.empty()) return std::move(run);
    }
    auto matches = with_prefix(runs, word);
    if (!matches.empty()) return only_match(std::move(matches));
    if (!word.empty() && fs::is_regular_file(fs::path(word), absent)) return find_in_file(word);
    return nothing_like(word, runs);
}

Result<Located> DirectoryCatalogue::find_back(const std::vector<Located>& runs, std::size_t back) const {
    if (back < runs.size()) return runs[back];
    return Error{fmt::format("there are {} in {}", count_of_runs(runs.size()), directory_.string()),
                 runs.empty() ? "record one with `stet run -- COMMAND`" : "`stet ls` shows them"};
}

Error DirectoryCatalogue::nothing_like(std::string_view word, const std::vector<Located>& runs) const {
    std::string what = fmt::format("no run '{}' in {}", printable(word, 80), directory_.string());
    if (runs.empty()) return {what + ", there are none there yet", "record one with `stet run -- COMMAND`"};
    std::vector<std::string> near;
    const std::size_t far = std::min<std::size_t>(word.size() / 3, 2);  // Of a short word, most is near.
    const auto consider = [&](const std::string& candidate) {
        const bool close =
            !candidate.empty() && far > 0 && distance(lower(word.substr(0, 80)), lower(candidate)) <= far;
        if (close && near.size() < near_words_max && std::ranges::find(near, candidate) == near.end())
            near.push_back(printable(candidate, 60));
    };
    consider("last");
    for (const Located& run : runs) {
        consider(run.summary.name);
        consider(to_string(run.summary.id).substr(0, word.size()));
    }
    if (!near.empty()) what += fmt::format("; did you mean {}?", fmt::join(near, " or "));
    return {what, fmt::format("{} there; `stet ls` shows them", count_of_runs(runs.size()))};
}

}  // namespace

std::unique_ptr<Catalogue> open_catalogue(const fs::path& directory) {
    return std::make_unique<DirectoryCatalogue>(directory);
}

}  // namespace stet

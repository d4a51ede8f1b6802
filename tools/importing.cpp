#include "tools/importing.hpp"

#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"
#include "tools/vouch.hpp"
#include "tools/world_shelf.hpp"

#include <stet/door/formats.hpp>
#include <stet/journal.hpp>
#include <stet/json.hpp>
#include <stet/tree.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace stet {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in || fs::is_directory(path)) throw Trouble("import", path.string(), "it cannot be read");
    return {(std::istreambuf_iterator<char>(in)), {}};
}

/// Where initial states lie: where one says, else beside the results, or where published sets have them.
WorldFiles find_data(const ImportArguments& arguments) {
    std::vector<fs::path> places;
    if (arguments.data) {
        places.push_back(*arguments.data);
    } else {
        for (const auto& file : arguments.files) {
            const auto beside = fs::absolute(file).parent_path();
            for (const auto& place : {beside, beside / "db", beside.parent_path() / "db"})
                places.push_back(place);
        }
    }
    return [places](const std::string& name) -> std::optional<std::string> {
        for (const auto& place : places) {
            if (auto text = files_in(place)(name)) return text;
        }
        return std::nullopt;
    };
}

/// A world's part of the trajectories that are imported: its name and digest, and its initial state's files.
struct WorldData {
    EpisodeSpec episode;
    std::map<std::string, std::string> files;
    std::string manifest;  ///< Once the files are in the log.
};

class Import {
public:
    Import(const ImportArguments& arguments, std::set<TrajectoryId> known)
        : arguments_(arguments), redactor_(make_redactor()), known_(std::move(known)) {
        auto importer = make_importer(arguments.format);
        if (!importer) throw Trouble("import", "", importer.error().what, importer.error().hint);
        importer_ = *std::move(importer);
        data_ = find_data(arguments);
    }

    Imported run() {
        std::vector<ImportFile> files;
        for (const auto& path : arguments_.files)
            files.push_back({path.string(), read_whole(path)});
        const auto trials = importer_->split(files);
        if (!trials) throw Trouble("import", "", trials.error().what, trials.error().hint);
        made_.trials = trials->size();
        for (const auto& trial : *trials)
            take(trial);
        finish();
        return std::move(made_);
    }

private:
    void take(const ImportTrial& trial) {
        if (!known_.insert(trial.id).second) return;
        std::vector<std::string> pieces;
        for (const auto piece : trial.pieces)
            pieces.push_back(redactor_->redact(std::string(piece)).bytes());
        const auto episode = [this](std::string_view world) { return episode_of(std::string(world)); };
        auto trajectory = importer_->read(pieces, episode);
        if (!trajectory) {
            ++made_.failed;
            return say(fmt::format("import {}: {}{}{}", short_line(trial.pieces.front(), 60),
                                   trajectory.error().what, trajectory.error().hint.empty() ? "" : "; ",
                                   trajectory.error().hint));
        }
        write(trial.id, *std::move(trajectory));
    }

    void write(const TrajectoryId& id, ImportedTrajectory trajectory) {
        if (!log_) {
            made_.log = arguments_.log ? *arguments_.log : runs_directory() / (to_string(id) + ".stet");
            log_ = LogWriter::create(made_.log);
        }
        Journal journal(id, trajectory.name, trajectory.begun_wall_ms, *redactor_, *log_);
        lend_data(journal, trajectory.drafts.front());
        const auto begun = Instant{0, trajectory.begun_wall_ms};
        for (auto& draft : trajectory.drafts) {
            if (draft.at.wall_ms == 0) draft.at = begun;
            journal.append(std::move(draft));
        }
        journal.seal(begun);
        made_.made.push_back(id);
    }

    /// The initial state, into the log once, and its manifest into every Begin that needs it.
    void lend_data(Journal& journal, Draft& draft) {
        auto* begin = std::get_if<Begin>(&draft.body);
        if (begin == nullptr || !begin->episode) return;
        auto& world = worlds_.at(begin->episode->world);
        if (world->manifest.empty()) {
            Tree tree;
            for (const auto& [name, text] : world->files) {
                const auto payload = journal.put(text);
                TreeEntry entry{.path = name, .kind = EntryKind::file, .mode = 0644};
                entry.content = payload.digest;
                entry.size = payload.size;
                entry.redacted = payload.digest != sha256(text);
                tree.entries.push_back(std::move(entry));
            }
            world->manifest = encode_tree(tree);
        }
        begin->episode->data = draft.attach(world->manifest);
    }

    std::optional<EpisodeSpec> episode_of(const std::string& name) {
        auto [at, fresh] = worlds_.try_emplace(name);
        if (fresh) at->second = open(name);
        return at->second ? std::optional(at->second->episode) : std::nullopt;
    }

    std::unique_ptr<WorldData> open(const std::string& name) {
        auto world = std::make_unique<WorldData>();
        const auto keep = [&](const std::string& file) {
            auto text = data_(file);
            if (text) world->files[file] = *text;
            return text;
        };
        try {
            const auto opened = open_named_world(name, keep);
            world->episode.world = opened->name();
            world->episode.version = opened->version();
            world->episode.declaration = opened->declaration();
            return world;
        } catch (const Trouble& trouble) {
            say(fmt::format("{}; imported without its initial state, it cannot be re-executed",
                            trouble.what()));
            return nullptr;
        }
    }

    /// What was made here is known by that, and read as a recording would be.
    void finish() {
        if (!log_) return;
        log_.reset();
        auto log = Log::open(made_.log);
        for (const auto& id : made_.made) {
            claim(log, id, *redactor_);
            log.store(id, annotate(*log.source(id)));
        }
    }

    const ImportArguments& arguments_;
    std::unique_ptr<Redactor> redactor_;
    std::unique_ptr<Importer> importer_;
    WorldFiles data_;
    std::map<std::string, std::unique_ptr<WorldData>> worlds_;
    std::set<TrajectoryId> known_;
    std::unique_ptr<LogWriter> log_;
    Imported made_;
};

/// Files that may hold runs, in their order by name.
std::vector<fs::path> candidates(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& place : {folder, folder / "dev"}) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(place, error)) {
            const auto ending = entry.path().extension();
            if (entry.is_regular_file() && (ending == ".json" || ending == ".jsonl"))
                files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

Imported import_runs(const ImportArguments& arguments, std::set<TrajectoryId> known) {
    return Import(arguments, std::move(known)).run();
}

std::vector<Imported> import_corpus(const fs::path& corpus, const fs::path& where) {
    std::vector<fs::path> folders;
    if (!fs::is_directory(corpus)) throw Trouble("read corpus", corpus.string(), "it is no directory");
    for (const auto& entry : fs::directory_iterator(corpus)) {
        if (entry.is_directory()) folders.push_back(entry.path());
    }
    std::ranges::sort(folders);
    std::vector<Imported> all;
    for (const auto& folder : folders) {
        bool any = false;
        for (const auto format : import_formats()) {
            const auto importer = make_importer(format).value();
            ImportArguments arguments;
            arguments.format = format;
            for (const auto& file : candidates(folder)) {
                if (importer->wants({file.string(), read_whole(file)})) arguments.files.push_back(file);
            }
            if (arguments.files.empty()) continue;
            arguments.log = where / fmt::format("{}.stet", all.size());
            auto imported = import_runs(arguments, {});
            any = any || !imported.made.empty();
            if (!imported.made.empty()) all.push_back(std::move(imported));
        }
        if (!any)
            say(fmt::format("corpus {}: {} holds no runs that can be read", corpus.string(),
                            folder.filename().string()));
    }
    return all;
}

}  // namespace stet

#pragma once

#include <stet/door/formats.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace stet::test {

/// An importer at work on files that are made here.
class Imported {
public:
    explicit Imported(std::string_view format) : importer_(make_importer(format).value()) {}

    /// `worlds_are_here`: else no trajectory is an episode.
    bool worlds_are_here = true;

    std::vector<ImportTrial> split(const std::vector<ImportFile>& files) const {
        auto trials = importer_->split(files);
        REQUIRE(trials.has_value());
        return *std::move(trials);
    }
    std::string split_error(const std::vector<ImportFile>& files) const {
        const auto trials = importer_->split(files);
        REQUIRE(!trials.has_value());
        return trials.error().what;
    }
    Result<ImportedTrajectory> read(const ImportTrial& trial) const {
        const std::vector<std::string> pieces(trial.pieces.begin(), trial.pieces.end());
        return importer_->read(pieces, [this](std::string_view world) -> std::optional<EpisodeSpec> {
            if (!worlds_are_here) return std::nullopt;
            return EpisodeSpec{.world = std::string(world), .version = "1", .data = {}, .setup = {}};
        });
    }
    ImportedTrajectory only(const std::vector<ImportFile>& files) const {
        const auto trials = split(files);
        REQUIRE(trials.size() == 1);
        auto read_one = read(trials.front());
        REQUIRE(read_one.has_value());
        return *std::move(read_one);
    }

private:
    std::unique_ptr<Importer> importer_;
};

/// The bodies of one kind, in their order.
template <class Body>
std::vector<Body> all(const ImportedTrajectory& made) {
    std::vector<Body> bodies;
    for (const auto& draft : made.drafts) {
        if (const auto* body = std::get_if<Body>(&draft.body)) bodies.push_back(*body);
    }
    return bodies;
}

/// What a citation reads, among what came with the drafts.
inline std::string read(const ImportedTrajectory& made, const Slice& slice) {
    for (const auto& draft : made.drafts) {
        for (const auto& payload : draft.payloads) {
            if (sha256(payload) != slice.payload.digest) continue;
            const auto bytes = payload.substr(slice.offset, slice.length);
            return slice.coding == Coding::json_string ? json_unquote(bytes).value() : bytes;
        }
    }
    return "(not there)";
}

/// "name recorded verifier" of each check, a line each.
inline std::vector<std::string> checks_of(const ImportedTrajectory& made) {
    std::vector<std::string> lines;
    const auto verdicts = all<VerdictGiven>(made);
    for (const auto& spec : all<CheckSpec>(made)) {
        std::string recorded = "-";
        for (const auto& given : verdicts) {
            if (given.verdict.check == spec.name) recorded = to_string(given.verdict.outcome);
        }
        lines.push_back(spec.name + " " + recorded + " " + spec.verifier.value_or(""));
    }
    return lines;
}

}  // namespace stet::test

#include <stet/door/formats.hpp>
#include <stet/event_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// The first byte chooses the format; files follow, parted by 0x1E.

namespace {

using namespace stet;

std::optional<EpisodeSpec> begin_in(std::string_view world) {
    return EpisodeSpec{.world = std::string(world), .version = "1", .data = {}, .setup = {}};
}

void check_error(const Error& error) {
    STET_ASSERT(!error.what.empty());
    STET_ASSERT(error.what.find('\n') == std::string::npos);
}

/// What events cite came with one of them, and is as long as they say; they name only what came before.
void check(ImportedTrajectory made) {
    STET_ASSERT(made.drafts.size() >= 2);
    STET_ASSERT(std::holds_alternative<Begin>(made.drafts.front().body));
    STET_ASSERT(std::holds_alternative<End>(made.drafts.back().body));
    std::map<Digest, std::size_t> sizes;
    std::uint32_t seq = 0;
    for (auto& draft : made.drafts) {
        for (const auto& payload : draft.payloads)
            sizes[sha256(payload)] = payload.size();
        STET_ASSERT(!draft.cause || draft.cause->value < seq);
        for_each_payload(draft.body, [&](const Payload& payload) {
            const auto found = sizes.find(payload.digest);
            STET_ASSERT(found != sizes.end() && found->second == payload.size);
        });
        for_each_slice(draft.body, [&](const Slice& slice) {
            STET_ASSERT(slice.offset <= slice.payload.size);
            STET_ASSERT(slice.length <= slice.payload.size - slice.offset);
        });
        const auto encoded = encode_body(draft.body);
        STET_ASSERT(decode_body(encoded.kind, encoded.json, encoded.payloads).value() == draft.body);
        ++seq;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    const auto formats = import_formats();
    if (bytes.empty()) return 0;
    const auto importer =
        make_importer(formats[static_cast<unsigned char>(bytes.front()) % formats.size()]).value();
    std::vector<ImportFile> files;
    std::string_view rest = std::string_view(bytes).substr(1);
    while (!rest.empty()) {
        const auto file = rest.substr(0, rest.find('\x1e'));
        rest.remove_prefix(std::min(file.size() + 1, rest.size()));
        files.push_back({"file " + std::to_string(files.size()), std::string(file)});
    }
    const auto trials = importer->split(files);
    if (!trials) {
        check_error(trials.error());
        return 0;
    }
    const auto again = importer->split(files).value();
    for (std::size_t i = 0; i < trials->size(); ++i) {
        STET_ASSERT(again.at(i).id == trials->at(i).id);
        const auto& pieces = trials->at(i).pieces;
        auto made = importer->read({pieces.begin(), pieces.end()}, begin_in);
        if (made)
            check(*std::move(made));
        else
            check_error(made.error());
    }
    return 0;
}

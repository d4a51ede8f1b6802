#include <stet/tree.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

void check_manifest(std::string_view bytes) {
    const auto tree = stet::decode_tree(bytes);
    if (!tree) return;
    STET_ASSERT(stet::encode_tree(*tree) == bytes);
    STET_ASSERT(stet::tree_digest(*tree) == stet::sha256(bytes));
    for (const auto& entry : tree->entries)
        STET_ASSERT(tree->find(entry.path) == &entry);

    // From every second entry to all of them, and back.
    stet::Tree half;
    for (std::size_t i = 0; i < tree->entries.size(); i += 2)
        half.entries.push_back(tree->entries[i]);
    const auto edits = stet::diff_trees(half, *tree);
    STET_ASSERT(stet::apply_edits(half, edits).value() == *tree);
    STET_ASSERT(stet::apply_edits(*tree, stet::invert(edits)).value() == half);
    STET_ASSERT(stet::decode_edits(stet::encode_edits(edits)).value() == edits);
}

void check_edits(std::string_view bytes) {
    const auto edits = stet::decode_edits(bytes);
    if (!edits) return;
    STET_ASSERT(stet::decode_edits(stet::encode_edits(*edits)).value() == *edits);
    if (const auto tree = stet::apply_edits({}, *edits)) {
        STET_ASSERT(stet::decode_tree(stet::encode_tree(*tree)).value() == *tree);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const std::string_view bytes = text;
    check_manifest(bytes);
    check_edits(bytes);
    if (const std::size_t line = bytes.find('\n'); line != std::string_view::npos && size < 2'000) {
        (void)stet::glob_matches(bytes.substr(0, line), bytes.substr(line + 1));
    }
    if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
        const auto before = bytes.substr(0, nul);
        const auto after = bytes.substr(nul + 1);
        STET_ASSERT(stet::unified_diff(before, after).empty() == (before == after));
    }
    return 0;
}

#include "tests/support/entries.hpp"

namespace stet::test {

TreeEntry file_entry(std::string path, std::string_view content, std::uint32_t mode) {
    TreeEntry entry;
    entry.path = std::move(path);
    entry.mode = mode;
    entry.content = sha256(content);
    entry.size = content.size();
    return entry;
}

TreeEntry directory_entry(std::string path, std::uint32_t mode) {
    TreeEntry entry;
    entry.path = std::move(path);
    entry.kind = EntryKind::directory;
    entry.mode = mode;
    return entry;
}

TreeEntry symlink_entry(std::string path, std::string target) {
    TreeEntry entry;
    entry.path = std::move(path);
    entry.kind = EntryKind::symlink;
    entry.mode = 0;
    entry.target = std::move(target);
    return entry;
}

}  // namespace stet::test

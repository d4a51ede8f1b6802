#pragma once

#include "envs/file_store.hpp"
#include "envs/files_arguments.hpp"
#include "envs/glob.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// Why a tool did not do what it was asked.
struct Refusal {
    bool unknown = false;  ///< This world cannot know what the server would say.
    std::string text;      ///< What the server says.
};

inline Refusal refused(std::string text) {
    return {false, std::move(text)};
}
inline Refusal not_known() {
    return {true, {}};
}

template <class T>
using Answered = boost::system::result<T, Refusal>;

/// What a tool says when all went well.
struct Said {
    std::string text;
    std::string block;  ///< A content block, JSON, in place of the text (media).
};

/// The path that the server works on, relative to the root, its links followed as the server does; it
/// need not be there. `doubtful` is set when that hangs on what lies outside the root.
Answered<std::string> allow_path(const FileStore& store, const std::string& asked, bool& doubtful);

/// The tools of the filesystem server over a FileStore. Files may be read and written whatever their
/// modes: who the server ran as is not known.
///
/// Behaviour observed from @modelcontextprotocol/server-filesystem 2026.8.31 (README, and what it
/// answers on the wire under Node 24 on Linux) with one allowed directory.
class FilesTools {
public:
    /// `store` must outlive the tools.
    FilesTools(FileStore& store, std::uint32_t umask) : store_(store), umask_(umask) {}

    Answered<Said> run(std::string_view tool, const FilesArguments& arguments);

    /// The last answer holds values that only the machine knew.
    bool volatile_values() const { return volatile_; }

private:
    Answered<std::string> allow(const std::string& asked) { return allow_path(store_, asked, volatile_); }

    // files_read.cpp
    Answered<Said> read_text(const FilesArguments& arguments);
    Answered<Said> read_many(const FilesArguments& arguments);
    Answered<Said> read_media(const FilesArguments& arguments);
    Answered<Said> file_info(const FilesArguments& arguments);
    Answered<std::string> read_bytes(const std::string& path) const;
    Answered<std::string> read_asked(const std::string& asked);

    // files_change.cpp
    Answered<Said> write(const FilesArguments& arguments);
    Answered<Said> edit(const FilesArguments& arguments);
    Answered<Said> create_directory(const FilesArguments& arguments);
    Answered<Said> move(const FilesArguments& arguments);
    Answered<std::string> put(const std::string& path, std::string_view text);

    // files_list.cpp
    struct Item;
    Answered<Said> list(const FilesArguments& arguments);
    Answered<Said> list_sizes(const FilesArguments& arguments);
    Answered<Said> directory_tree(const FilesArguments& arguments);
    Answered<Said> search(const FilesArguments& arguments);
    Answered<std::vector<std::string>> scan(const std::string& directory) const;
    Item measure(const std::string& directory, const std::string& name);
    Answered<std::string> draw_tree(const std::string& top, const std::string& directory,
                                    const std::vector<Glob>& excluded, std::size_t indent) const;
    Answered<std::string> find_matches(const std::string& top, const std::string& directory,
                                       const Glob& pattern, const std::vector<Glob>& excluded);

    FileStore& store_;
    std::uint32_t umask_;
    bool volatile_ = false;
};

}  // namespace stet

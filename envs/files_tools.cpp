#include "envs/files_tools.hpp"

namespace stet {

Answered<Said> FilesTools::run(std::string_view tool, const FilesArguments& arguments) {
    volatile_ = false;
    if (tool == "read_file" || tool == "read_text_file") return read_text(arguments);
    if (tool == "read_media_file") return read_media(arguments);
    if (tool == "read_multiple_files") return read_many(arguments);
    if (tool == "write_file") return write(arguments);
    if (tool == "edit_file") return edit(arguments);
    if (tool == "create_directory") return create_directory(arguments);
    if (tool == "list_directory") return list(arguments);
    if (tool == "list_directory_with_sizes") return list_sizes(arguments);
    if (tool == "directory_tree") return directory_tree(arguments);
    if (tool == "move_file") return move(arguments);
    if (tool == "search_files") return search(arguments);
    if (tool == "get_file_info") return file_info(arguments);
    STET_ASSERT(tool == "list_allowed_directories");
    return Said{"Allowed directories:\n" + store_.root(), ""};
}

}  // namespace stet

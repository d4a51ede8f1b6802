#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// Without libFuzzer: runs a fuzz target over every file of the directories given, so that what was
// found once stays found with any compiler. A target that finds something aborts.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_of(int count, char** directories) {
    std::vector<std::filesystem::path> files;
    for (int i = 0; i < count; ++i) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directories[i])) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

void replay(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::filesystem::filesystem_error("read", path, std::make_error_code(std::errc::io_error));
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto files = files_of(argc - 1, argv + 1);
        for (const auto& path : files)
            replay(path);
        std::printf("%zu inputs replayed\n", files.size());
        if (!files.empty()) return 0;
        std::fprintf(stderr, "replay a fuzz corpus: no input found; give directories that hold some\n");
    } catch (const std::exception& trouble) {
        std::fprintf(stderr, "replay a fuzz corpus: %s\n", trouble.what());
    }
    return 2;
}

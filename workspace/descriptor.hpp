#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace stet::workspace {

/// A file descriptor that is closed with the object. −1 means none.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }

    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }
    /// Hands the descriptor out; the object holds none afterwards.
    int release() { return std::exchange(number_, -1); }
    void close();

private:
    int number_ = -1;
};

/// What tells one state of a file from another without reading it. Times are nanoseconds since 1970.
struct Facts {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    std::uint32_t mode = 0;  ///< With the bits that say what kind of file it is.
    friend bool operator==(const Facts&, const Facts&) = default;

    bool is_file() const { return S_ISREG(mode); }
    bool is_directory() const { return S_ISDIR(mode); }
    bool is_symlink() const { return S_ISLNK(mode); }
    std::uint32_t permissions() const { return mode & 07777u; }
};

/// The facts of `name` beneath `directory`, symlinks not followed; an errno when there are none.
int facts_at(int directory, const char* name, Facts& facts);
int facts_of(int descriptor, Facts& facts);

/// The wall clock, in nanoseconds since 1970: what the kernel stamps files with.
std::int64_t now_ns();

/// "Permission denied": what an errno says, for people.
std::string reason(int error);

/// Where a symlink points. An errno is left in `error` (0: none).
std::string read_link(int directory, const char* name, int& error);

/// Writes all of it. Throws Trouble that names `place`.
void write_all(int descriptor, std::string_view bytes, std::string_view place);

/// Copies what is left to read of one file to another; blocks are shared where the file system can.
/// Throws Trouble that names `place`.
void copy_bytes(int from, int to, const std::string& place);

/// Build tools compare times, so copies keep them. Cannot fail on a file of our own.
void set_modified(int descriptor, std::int64_t modified_ns);

}  // namespace stet::workspace

#pragma once

#include <stet/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3;
struct sqlite3_stmt;

namespace stet {

/// Bytes that go into a column as BLOB; a plain string_view goes in as TEXT.
struct Blob {
    std::string_view bytes;
};

/// How a log's file is opened.
enum class Access : std::uint8_t {
    create,      ///< To become a log: the file exists and is empty.
    append,      ///< A log of our own making, to be written on.
    read,        ///< Anybody's log, as it is; nothing in it is trusted.
    read_alone,  ///< The same where no -shm can be made (a read-only directory). Nobody may write meanwhile.
};

/// One connection to one SQLite file, closed with the object. Every failure of SQLite is thrown as a
/// Trouble of one line: operation, path, what SQLite says, what to do.
///
/// Thread: one at a time.
class Database {
public:
    /// `operation` opens each line of Trouble: "write log".
    Database(std::filesystem::path path, std::string_view operation, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements that give no rows, or whose rows nobody wants.
    void run(const std::string& sql);
    void wait_for_locks(int milliseconds);
    /// Bytes at the end of each page that SQLite leaves alone. Only before the first write.
    void reserve_page_bytes(int bytes);
    bool in_transaction() const;

    const std::filesystem::path& path() const { return path_; }
    /// Throws what `code` (and the connection's errno) mean.
    [[noreturn]] void fail(int code) const;
    /// The same for what we find out ourselves.
    [[noreturn]] void refuse(std::string_view happened, std::string_view hint = {}) const;

private:
    friend class Statement;
    void harden(Access access);
    void open(Access access);

    std::filesystem::path path_;
    std::string operation_;
    sqlite3* handle_ = nullptr;
};

/// A prepared statement, compiled once and used often. `database` must outlive it.
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Runs once with these values and gives up what rows there are. Nothing is copied.
    template <class... Values>
    void run(const Values&... values) {
        reset();
        bind_all(false, values...);
        while (step()) {
        }
        reset();
    }

    /// Binds copies of these values; then `step` gives row after row.
    template <class... Values>
    Statement& with(const Values&... values) {
        reset();
        bind_all(true, values...);
        return *this;
    }

    /// True when there is a row. After the last one the statement has reset itself.
    bool step();
    /// Lets go of the rows (and of the read transaction, when no other statement holds it).
    void reset();

    // Columns of the row, 0-based. Views are good until the next step.
    std::int64_t integer(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    bool is_null(int column) const;
    bool is_integer(int column) const;
    bool is_text(int column) const;
    bool is_blob(int column) const;

private:
    void bind_integer(int index, std::int64_t value);
    void bind_text(int index, std::string_view value, bool copy);
    void bind_blob(int index, std::string_view value, bool copy);
    void bind_null(int index);

    template <class Value>
    void bind(int index, const Value& value, bool copy) {
        if constexpr (std::is_same_v<Value, std::nullptr_t>) {
            bind_null(index);
        } else if constexpr (std::is_same_v<Value, Blob>) {
            bind_blob(index, value.bytes, copy);
        } else if constexpr (std::is_integral_v<Value>) {
            bind_integer(index, static_cast<std::int64_t>(value));
        } else if constexpr (std::is_convertible_v<Value, std::string_view>) {
            bind_text(index, value, copy);
        } else {
            value ? bind(index, *value, copy) : bind_null(index);
        }
    }

    template <class... Values>
    void bind_all(bool copy, const Values&... values) {
        int index = 0;
        (bind(++index, values, copy), ...);
    }

    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
};

/// All reads until the object goes see one state of the file. Does nothing inside another one.
class ReadTransaction {
public:
    explicit ReadTransaction(Database& database);
    ~ReadTransaction();
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

private:
    Database& database_;
    bool ours_;
};

}  // namespace stet

#include "storage/database.hpp"

#include "storage/printable.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace stet {
namespace {

// A file name may hold what a URI gives a meaning to.
std::string uri(const std::filesystem::path& path, std::string_view parameters) {
    std::string text = "file://";
    for (const char c : std::filesystem::absolute(path).string()) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '/' || c == '.' || c == '-' || c == '_';
        if (plain) {
            text.push_back(c);
        } else {
            text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        }
    }
    return text.append("?").append(parameters);
}

std::string_view parameters(Access access) {
    if (access == Access::read) return "mode=ro";
    if (access == Access::read_alone) return "mode=ro&vfs=unix-none";
    return "mode=rw";
}

bool reads_only(Access access) {
    return access == Access::read || access == Access::read_alone;
}

bool space_ran_out(int code, int system_error) {
    return (code & 0xff) == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT ||
           system_error == EFBIG;
}

std::string_view hint_for(int code, int system_error) {
    if (system_error == EFBIG) return "raise the limit of file sizes (ulimit -f), then run again";
    if (space_ran_out(code, system_error)) return "free some space, then run again";
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another program holds the log; close it and try again";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "`stet fsck` says what is left";
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "check the permissions of the file and its directory";
        case SQLITE_CANTOPEN:
            return "check that the directory exists and may be written";
        default:
            return {};
    }
}

int last_errno(sqlite3_file* file) {
    int error = 0;
    if (file == nullptr || file->pMethods == nullptr) return 0;
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

// SQLite forgets the errno of a COMMIT that failed; the file that failed has kept it.
int system_error_of(sqlite3* handle) {
    if (handle == nullptr) return 0;
    if (const int error = sqlite3_system_errno(handle); error != 0) return error;
    for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
        sqlite3_file* file = nullptr;
        sqlite3_file_control(handle, "main", which, &file);
        if (const int error = last_errno(file); error != 0) return error;
    }
    return 0;
}

}  // namespace

Database::Database(std::filesystem::path path, std::string_view operation, Access access)
    : path_(std::move(path)), operation_(operation) {
    try {
        open(access);
    } catch (...) {
        sqlite3_close_v2(handle_);
        throw;
    }
}

Database::~Database() {
    sqlite3_close_v2(handle_);
}

void Database::open(Access access) {
    const int how = reads_only(access) ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code =
        sqlite3_open_v2(uri(path_, parameters(access)).c_str(), &handle_,
                        how | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code != SQLITE_OK) fail(code);
    harden(access);
    wait_for_locks(5000);
    if (access == Access::create) return;
    // The pragmas below read the file; what it claims was looked at before (log_file.hpp).
    if (access == Access::read_alone) run("PRAGMA locking_mode = EXCLUSIVE");
    if (reads_only(access)) run("PRAGMA query_only = ON");
}

// A file may come from a stranger: <https://www.sqlite.org/security.html>, section 1.2.
void Database::harden(Access access) {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // A reader leaves the files as it found them.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, reads_only(access) ? 1 : 0, nullptr);
    for (const int option : {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                             SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
                             SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, SQLITE_DBCONFIG_DQS_DDL}) {
        sqlite3_db_config(handle_, option, 0, nullptr);
    }
    struct Limit {
        int which, value;
    };
    constexpr Limit limits[] = {{SQLITE_LIMIT_LENGTH, 1'000'000'000},
                                {SQLITE_LIMIT_SQL_LENGTH, 100'000},
                                {SQLITE_LIMIT_COLUMN, 100},
                                {SQLITE_LIMIT_EXPR_DEPTH, 10},
                                {SQLITE_LIMIT_COMPOUND_SELECT, 3},
                                {SQLITE_LIMIT_VDBE_OP, 25'000},
                                {SQLITE_LIMIT_FUNCTION_ARG, 8},
                                {SQLITE_LIMIT_ATTACHED, 0},
                                {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
                                {SQLITE_LIMIT_VARIABLE_NUMBER, 20},
                                {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
                                {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (const Limit& limit : limits)
        sqlite3_limit(handle_, limit.which, limit.value);
    run("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY");
}

void Database::run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

void Database::wait_for_locks(int milliseconds) {
    sqlite3_busy_timeout(handle_, milliseconds);
}

void Database::reserve_page_bytes(int bytes) {
    const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    if (code != SQLITE_OK) fail(code);
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

void Database::fail(int code) const {
    const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    const int system_error = from_system ? system_error_of(handle_) : 0;
    std::string happened = sqlite3_errstr(code);
    // sqlite3_errmsg says more only where SQLite parsed something of ours or of the file's.
    if (handle_ != nullptr && ((code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_CORRUPT)) {
        happened = printable(sqlite3_errmsg(handle_));
    }
    if (system_error != 0) happened += fmt::format(" ({})", std::strerror(system_error));
    throw Trouble(operation_, path_.string(), happened, hint_for(code, system_error));
}

void Database::refuse(std::string_view happened, std::string_view hint) const {
    throw Trouble(operation_, path_.string(), happened, hint);
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
    const int code = sqlite3_prepare_v3(database_.handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) database_.fail(code);
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    // The message is taken before the reset, which may clear it.
    if (code != SQLITE_DONE) database_.fail(code);
    sqlite3_reset(handle_);
    return false;
}

void Statement::reset() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::text(int column) const {
    const unsigned char* bytes = sqlite3_column_text(handle_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
    const void* bytes = sqlite3_column_blob(handle_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
bool Statement::is_integer(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_INTEGER;
}
bool Statement::is_text(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_TEXT;
}
bool Statement::is_blob(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_BLOB;
}

void Statement::bind_integer(int index, std::int64_t value) {
    const int code = sqlite3_bind_int64(handle_, index, value);
    if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind_text(int index, std::string_view value, bool copy) {
    const char* bytes = value.data() == nullptr ? "" : value.data();
    const int code = sqlite3_bind_text64(handle_, index, bytes, value.size(),
                                         copy ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
    if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind_blob(int index, std::string_view value, bool copy) {
    const char* bytes = value.data() == nullptr ? "" : value.data();
    const int code =
        sqlite3_bind_blob64(handle_, index, bytes, value.size(), copy ? SQLITE_TRANSIENT : SQLITE_STATIC);
    if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind_null(int index) {
    const int code = sqlite3_bind_null(handle_, index);
    if (code != SQLITE_OK) database_.fail(code);
}

ReadTransaction::ReadTransaction(Database& database)
    : database_(database), ours_(!database.in_transaction()) {
    if (ours_) database_.run("BEGIN");
}

ReadTransaction::~ReadTransaction() {
    if (!ours_) return;
    try {
        database_.run("COMMIT");
    } catch (const Trouble&) {
        // A read transaction that cannot end ends with the connection; the read itself has thrown already.
    }
}

}  // namespace stet

#include "tests/storage/fault_vfs.hpp"

#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace stet::test {
namespace {

constexpr std::size_t sector_bytes = 512;

sqlite3_vfs* real_vfs = nullptr;

// What SQLite sees of a file; the real one follows it in the same allocation.
struct File {
    sqlite3_file base;
    FaultVfs* vfs;
    std::string* path;  // Null: not tracked.
    bool is_journal;    // Or a WAL: its first sync syncs the directory.
    bool synced;

    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* file_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
    return file_of(file)->real();
}

int close_file(sqlite3_file* file) {
    delete file_of(file)->path;
    return real_of(file)->pMethods->xClose(real_of(file));
}
int read_file_at(sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
    return real_of(file)->pMethods->xRead(real_of(file), out, count, at);
}
int write_file_at(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    File* const it = file_of(file);
    if (it->path != nullptr) {
        it->vfs->change(*it->path, {false,
                                    static_cast<std::uint64_t>(at),
                                    {static_cast<const char*>(bytes), static_cast<std::size_t>(count)}});
    }
    return it->real()->pMethods->xWrite(it->real(), bytes, count, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    File* const it = file_of(file);
    if (it->path != nullptr) it->vfs->change(*it->path, {true, static_cast<std::uint64_t>(size), {}});
    return it->real()->pMethods->xTruncate(it->real(), size);
}
int sync_file(sqlite3_file* file, int) {
    File* const it = file_of(file);
    const bool first = !std::exchange(it->synced, true);
    // The real file need not be synced: the power stays on.
    if (it->path != nullptr) it->vfs->sync(*it->path, it->is_journal && first);
    return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
int check_reserved(sqlite3_file* file, int* out) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
int control_file(sqlite3_file* file, int what, void* argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}
int sector_size(sqlite3_file* file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}
int characteristics(sqlite3_file* file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}
int unmap_shared(sqlite3_file* file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

constexpr sqlite3_io_methods io_methods{
    2,           close_file,  read_file_at,   write_file_at, truncate_file, sync_file,       file_size,
    lock_file,   unlock_file, check_reserved, control_file,  sector_size,   characteristics, map_shared,
    lock_shared, barrier,     unmap_shared,   nullptr,       nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    File* const it = new (file) File{};
    const int code = real_vfs->xOpen(real_vfs, name, it->real(), flags, out_flags);
    if (code != SQLITE_OK) return code;  // Without methods SQLite will not close it.
    it->base.pMethods = &io_methods;
    it->vfs = static_cast<FaultVfs*>(vfs->pAppData);
    it->is_journal = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    if (name == nullptr || (!it->is_journal && (flags & SQLITE_OPEN_MAIN_DB) == 0)) return SQLITE_OK;
    it->path = new std::string(name);
    it->synced = it->vfs->track(*it->path);  // SQLite syncs the directory for new files only.
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    const int code = real_vfs->xDelete(real_vfs, name, 0);
    if (code == SQLITE_OK) static_cast<FaultVfs*>(vfs->pAppData)->remove(name, sync_directory != 0);
    return code;
}

void apply(std::string& content, const FaultVfs::Change& change) {
    if (change.truncate) {
        content.resize(change.offset);
        return;
    }
    content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
    std::memcpy(content.data() + change.offset, change.bytes.data(), change.bytes.size());
}

// Some sectors of a write. Bytes around it are as they were: file systems of today keep them.
void apply_torn(std::string& content, const FaultVfs::Change& change, Draw& draw) {
    for (std::size_t at = 0; at < change.bytes.size();) {
        const std::size_t here = change.offset + at;
        const std::size_t count = std::min(sector_bytes - here % sector_bytes, change.bytes.size() - at);
        if (draw.below(2) == 0) apply(content, {false, here, change.bytes.substr(at, count)});
        at += count;
    }
}

std::string content_after(const FaultVfs::Tracked& file, Loss loss, Draw& draw) {
    std::string content = file.durable;
    if (loss == Loss::everything) return content;
    for (const FaultVfs::Change& change : file.pending) {
        if (loss == Loss::torn && !change.truncate) {
            apply_torn(content, change, draw);
        } else if (loss == Loss::nothing || draw.below(2) == 0) {
            apply(content, change);
        }
    }
    return content;
}

}  // namespace

FaultVfs::FaultVfs() {
    real_vfs = sqlite3_vfs_find("unix");
    vfs_ = *real_vfs;
    vfs_.zName = "stet-fault";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
    sqlite3_vfs_register(real_vfs, 1);
    sqlite3_vfs_unregister(&vfs_);
}

bool FaultVfs::track(const std::string& path) {
    const auto found = files_.find(path);
    const bool old = found != files_.end() && !found->second.deleted;
    if (!old) files_[path] = {};
    return old;
}

void FaultVfs::change(const std::string& path, Change change) {
    if (before_operation) before_operation();
    files_[path].pending.push_back(std::move(change));
}

void FaultVfs::sync(const std::string& path, bool syncs_directory) {
    if (before_operation) before_operation();
    Tracked& file = files_[path];
    for (const Change& change : file.pending)
        apply(file.durable, change);
    file.pending.clear();
    if (syncs_directory) sync_directory();
}

void FaultVfs::remove(const std::string& path, bool syncs_directory) {
    if (before_operation) before_operation();
    const auto found = files_.find(path);
    if (found != files_.end()) found->second.deleted = true;
    if (syncs_directory) sync_directory();
}

void FaultVfs::sync_directory() {
    std::erase_if(files_, [](const auto& entry) { return entry.second.deleted; });
    for (auto& [path, file] : files_)
        file.name_durable = true;
}

void FaultVfs::cut_power(const std::filesystem::path& directory, Loss loss, Draw& draw) const {
    for (const auto& [path, file] : files_) {
        const bool drawn = draw.below(2) == 0;
        const bool kept = loss == Loss::everything || (loss != Loss::nothing && drawn);
        if (file.deleted && !kept) continue;  // The deletion is there.
        if (!file.name_durable && (loss == Loss::everything || (loss != Loss::nothing && drawn)))
            continue;  // The name is not.
        write_file(directory / std::filesystem::path(path).filename(), content_after(file, loss, draw));
    }
}

}  // namespace stet::test

#pragma once

#include "envs/row_store.hpp"
#include "envs/sql_spec.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

struct SqlLimits {
    std::uint64_t instructions_max = 20'000'000;  ///< Of SQLite's machine, for one call.
    int text_bytes_max = 16 << 20;                ///< Of one text or row.
};

/// A statement of a tool's, and what it does.
struct ToolStatement {
    Statement statement;
    std::vector<std::size_t> reads;  ///< Tables.
    bool writes = false;
};

/// Prepares the statements of a world's tools, so that they can harm nothing and always do the same: they
/// read and write the world's rows (of collections they only read), by functions that give the same
/// everywhere; no other database, file, PRAGMA, chance, transaction. The store must outlive it. One thread.
class SqlHost {
public:
    SqlHost(RowStore& store, const SqlLimits& limits);
    ~SqlHost();
    SqlHost(const SqlHost&) = delete;
    SqlHost& operator=(const SqlHost&) = delete;

    RowStore& store() { return store_; }
    /// `before` and `after` are put around the text. An error says what is wrong with the text, and on which
    /// line: "FILE:LINE: WHO: …", WHO being "tool NAME: result", say.
    [[nodiscard]] Result<ToolStatement> prepare(std::string_view file, std::string_view who,
                                                const SqlText& sql, std::string_view before = {},
                                                std::string_view after = {});
    /// While one lives, `prepare` may be called, and nobody else's statement may be prepared.
    class Preparing {
    public:
        explicit Preparing(SqlHost& host) : host_(host) { host_.guard(true); }
        ~Preparing() { host_.guard(false); }
        Preparing(const Preparing&) = delete;
        Preparing& operator=(const Preparing&) = delete;

    private:
        SqlHost& host_;
    };

    /// While one lives, statements run on the budget of one call.
    class Budget {
    public:
        explicit Budget(SqlHost& host) : host_(host) { host_.left_ = host_.limits_.instructions_max; }
        ~Budget() { host_.left_ = unlimited; }
        Budget(const Budget&) = delete;
        Budget& operator=(const Budget&) = delete;
        bool spent() const { return host_.left_ == 0; }

    private:
        SqlHost& host_;
    };

private:
    static constexpr std::uint64_t unlimited = ~std::uint64_t{0};
    static int authorize(void* self, int action, const char* first, const char* second, const char* schema,
                         const char* trigger);
    static int count(void* self);
    void guard(bool on);
    bool may(int action, std::string_view first, std::string_view second);
    bool may_read(std::string_view table, std::string_view column);
    bool may_write(std::string_view table);
    std::string hint_for(std::string_view said, std::string_view line) const;

    RowStore& store_;
    SqlLimits limits_;
    std::uint64_t left_ = unlimited;
    std::string refusal_;             // Of the statement that is being prepared.
    bool known_ = false;              // It is one of the four that tools may use.
    std::vector<std::size_t> reads_;  // Of it.
};

}  // namespace stet::envs

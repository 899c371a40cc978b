// SqliteFile: one connection to a SQLite file in WAL mode that nobody else opens meanwhile. One thread at a
// time. What fails throws Errc::io with SQLite's reason, Errc::busy when somebody else has it open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace server::store {

// What a write that was acknowledged survives: the end of this process, however it ends, or a power cut, too.
enum class Sync { normal, full };

// A prepared statement: bind, step, and then reset, also after a step that threw.
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, const char* sql);

  SqliteStatement& bind(int index, std::int64_t value);
  // The bytes must stay until reset().
  SqliteStatement& bind(int index, std::string_view bytes);
  // True: there is a row.
  bool step();
  void reset();
  // For statements without rows: step and reset.
  void run();

  int columns() const;
  std::int64_t number(int column) const;
  std::string_view bytes(int column) const;  // until the next step or reset

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteFile {
 public:
  // Opens or makes it (0600). `vfs`: SQLite's name of what stands between it and the disk; "" = the usual
  // one. Throws when it cannot be had, or is no database, or cannot be in WAL mode.
  SqliteFile(const std::string& path, Sync sync, const std::string& vfs = {});
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  void execute(const char* sql);
  SqliteStatement prepare(const char* sql) { return {database_, sql}; }
  // The first column of the first row; 0 and "" when there is none.
  std::int64_t number(const char* sql);
  std::string text(const char* sql);

  void begin() { begin_->run(); }
  void commit() { commit_->run(); }
  // Never throws; SQLite may have done it already.
  void roll_back() noexcept;

 private:
  void set_up(Sync sync);
  void close();

  sqlite3* database_ = nullptr;
  // Prepared once: SQLite takes longer to read them than to do them.
  std::optional<SqliteStatement> begin_;
  std::optional<SqliteStatement> commit_;
};

}  // namespace server::store

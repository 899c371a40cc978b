// SqliteConnection: upgrades of a SQLite file.
#pragma once

#include <memory>

#include "store/schema/sql_connection.hpp"
#include "store/sqlite_file.hpp"

namespace server::schema {

class SqliteConnection : public SqlConnection {
 public:
  // A file that is open is locked: nobody else can open it. `file` must outlive this.
  explicit SqliteConnection(store::SqliteFile& file) : file_(file) {}

  SqlDialect dialect() const override;
  void execute(const std::string& sql) override { file_.execute(sql.c_str()); }
  std::vector<Row> query(const std::string& sql) override;
  std::string quote(std::string_view text) const override;
  void begin() override { file_.begin(); }
  void commit() override { file_.commit(); }
  void roll_back() noexcept override { file_.roll_back(); }
  void lock(std::chrono::seconds) override {}
  void make_record_tables() override;
  bool has_table(const std::string& name) override;
  bool rolls_back_definitions() const override { return true; }
  std::string definitions() override { return {}; }

 private:
  store::SqliteFile& file_;
};

// Opens a file, or makes it, once nobody else has it. Throws Errc::busy when somebody has it longer than
// `wait`.
std::unique_ptr<store::SqliteFile> open_when_free(const std::string& path, std::chrono::seconds wait);

}  // namespace server::schema

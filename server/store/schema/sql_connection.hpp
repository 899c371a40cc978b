// SqlConnection: what an upgrade asks of a database, whichever it is. One thread at a time.
//
// What the database refuses throws Errc::io with its reason; Errc::disconnected when the connection is gone,
// so that it is not known whether the last statement happened.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "store/schema/sql_statements.hpp"

namespace server::schema {

class SqlConnection {
 public:
  using Row = std::vector<std::string>;  // NULL is ""

  SqlConnection() = default;
  virtual ~SqlConnection() = default;
  SqlConnection(const SqlConnection&) = delete;
  SqlConnection& operator=(const SqlConnection&) = delete;

  virtual SqlDialect dialect() const = 0;
  // One statement; its rows, if there are any, are dropped.
  virtual void execute(const std::string& sql) = 0;
  virtual std::vector<Row> query(const std::string& sql) = 0;
  // As a literal, with its quotes.
  virtual std::string quote(std::string_view text) const = 0;

  virtual void begin() = 0;
  virtual void commit() = 0;
  // Never throws: where there is no transaction or no connection, nothing happens.
  virtual void roll_back() noexcept = 0;

  // No other upgrade of this database gets beyond here until the connection ends, nor what it has begun.
  // Throws Errc::busy when another one has it for longer than `wait`.
  virtual void lock(std::chrono::seconds wait) = 0;
  // The tables that upgrades are recorded in, made where they are missing (schema_records.hpp).
  virtual void make_record_tables() = 0;
  virtual bool has_table(const std::string& name) = 0;

  // Whether CREATE, ALTER and DROP are taken back by a roll-back: a script is one transaction then.
  virtual bool rolls_back_definitions() const = 0;
  // A digest of all definitions in the database: another one after each statement that changed one. Asked
  // only where they are not rolled back.
  virtual std::string definitions() = 0;
};

}  // namespace server::schema

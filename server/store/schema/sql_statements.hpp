// split_sql: the statements of a file of SQL, and what kind each is, as far as an upgrade must know it.
//
// As the mysql client reads a file: a statement ends with the delimiter, which is ";" until a line
// "DELIMITER //" says another. Strings, quoted names and comments are passed over whole. Comments before a
// statement are dropped, those within it stay. A byte order mark is skipped; LF or CRLF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace server::schema {

// What differs between the databases.
struct SqlDialect {
  bool has_backslash_escapes = false;      // within '…', and within "…" where that is a string
  bool double_quotes_are_strings = false;  // or names, which have no escapes
  bool has_hash_comments = false;
  bool dashes_need_blank = false;  // "--" begins a comment only before a blank
  bool has_run_comments = false;   // what is in /*! … */ and /*M! … */ is run
  bool has_brackets = false;       // [name]
  // Whether a text that ends with ";" is whole; triggers of SQLite have some within. Null: each ";" ends one.
  bool (*is_complete)(const std::string& text) = nullptr;
};

struct SqlStatement {
  std::string text;  // without its delimiter
  int line = 1;      // of its first character
};

// Throws Errc::bad_message with the line: "line 3: the string that begins here does not end".
std::vector<SqlStatement> split_sql(std::string_view text, const SqlDialect& dialect);

enum class StatementKind {
  data,        // is taken back by a roll-back
  setting,     // changes the session: nothing of it stays in the database
  definition,  // the database commits by itself before and after it; whether it happened can be seen
  opaque,      // may do anything: a call of a procedure, a block
  begin,       // of a transaction of the script's own
  commit,
  ignored,  // LOCK TABLES and UNLOCK TABLES: an upgrade has its own lock
};

// By its first words. Throws Errc::bad_message for what no script may have: ROLLBACK, USE.
StatementKind kind_of(std::string_view statement);

// A digest that says whether a statement is another one than it was; ends of lines do not count.
std::string digest_of(std::string_view statement);

}  // namespace server::schema

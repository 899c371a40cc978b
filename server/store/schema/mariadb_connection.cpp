#include "store/schema/mariadb_connection.hpp"

#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>

#include <array>
#include <memory>

#include "agent/error.hpp"
#include "base/digest.hpp"

namespace server::schema {
namespace {

using agent::Errc;
using agent::Error;

constexpr unsigned kConnectSeconds = 10;
constexpr const char* kGroup = "schema-upgrade";  // of an options file, besides [client]
constexpr std::size_t kLockNameBytes = 64;        // MySQL's limit

// The first two are the originals', column for column.
constexpr std::array<const char*, 3> kTables{
    "CREATE TABLE IF NOT EXISTS __tb_schema__ (id int NOT NULL AUTO_INCREMENT, "
    "created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    "updated datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "
    "name varchar(256) NOT NULL DEFAULT '', schema_version int NOT NULL DEFAULT 0, "
    "data_version int NOT NULL DEFAULT 0, PRIMARY KEY (id), "
    "UNIQUE KEY idx_uniq (name, schema_version, data_version)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS __tb_schema_logs__ (id int NOT NULL AUTO_INCREMENT, "
    "created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, name varchar(256) NOT NULL DEFAULT '', "
    "class tinyint NOT NULL DEFAULT 0, current_version int NOT NULL DEFAULT 0, "
    "upgrade_version int NOT NULL DEFAULT 0, code text NOT NULL, PRIMARY KEY (id), "
    "INDEX idx_name_class (name, class)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS __tb_schema_steps__ ("
    "created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, name varchar(256) NOT NULL, "
    "file varchar(64) NOT NULL, position int NOT NULL, digest varchar(64) NOT NULL, "
    "done tinyint NOT NULL, definitions varchar(64) NOT NULL, PRIMARY KEY (name, file, position)) "
    "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"};

// What belongs to a database besides its tables.
constexpr std::array<const char*, 4> kOtherDefinitions{
    "SELECT TABLE_NAME, VIEW_DEFINITION, SECURITY_TYPE FROM information_schema.VIEWS "
    "WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1",
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT "
    "FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1",
    "SELECT ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION FROM information_schema.ROUTINES "
    "WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 2, 1",
    "SELECT EVENT_NAME, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, STATUS "
    "FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1"};

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

struct Close {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
struct Free {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using Result = std::unique_ptr<MYSQL_RES, Free>;

bool is_connection_error(unsigned code) {
  return (code >= 2000 && code < 3000) || code == ER_SERVER_SHUTDOWN || code == ER_CONNECTION_KILLED;
}

// Without the number that the next row gets, which is data.
std::string without_next_number(std::string definition) {
  const std::size_t begin = definition.find(" AUTO_INCREMENT=");
  if (begin == std::string::npos) return definition;
  return definition.erase(begin, definition.find(' ', begin + 1) - begin);
}

class MariadbConnection : public SqlConnection {
 public:
  explicit MariadbConnection(const MariadbAddress& address) : connection_(mysql_init(nullptr)) {
    set_options(address);
    const bool is_connected =
        mysql_real_connect(connection_.get(), or_null(address.host), or_null(address.user),
                           or_null(address.password), or_null(address.database), address.port,
                           or_null(address.socket), CLIENT_MULTI_RESULTS) != nullptr;
    if (!is_connected) throw Error(Errc::disconnected, "connect: " + reason());
    const Row session = query("SELECT DATABASE(), @@sql_mode").at(0);
    database_ = session.at(0);
    sql_mode_ = session.at(1);
    if (database_.empty()) throw Error(Errc::bad_config, "no database is named");
  }

  SqlDialect dialect() const override;
  void execute(const std::string& sql) override {
    run(sql, [](MYSQL_ROW, const unsigned long*, unsigned) {});
  }
  std::vector<Row> query(const std::string& sql) override;
  std::string quote(std::string_view text) const override;

  void begin() override { execute("START TRANSACTION"); }
  void commit() override { execute("COMMIT"); }
  void roll_back() noexcept override { mysql_rollback(connection_.get()); }

  void lock(std::chrono::seconds wait) override;
  void make_record_tables() override {
    for (const char* sql : kTables) execute(sql);
  }
  bool has_table(const std::string& name) override {
    return !query(
                "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = " +
                quote(name))
                .empty();
  }
  bool rolls_back_definitions() const override { return false; }
  std::string definitions() override;

 private:
  void set_options(const MariadbAddress& address);
  std::string reason() const {
    return fmt::format("{}: {}", mysql_errno(connection_.get()), mysql_error(connection_.get()));
  }
  [[noreturn]] void fail() const {
    throw Error(is_connection_error(mysql_errno(connection_.get())) ? Errc::disconnected : Errc::io,
                reason());
  }
  template <class TakeRow>
  void run(const std::string& sql, TakeRow take_row);

  std::unique_ptr<MYSQL, Close> connection_;
  std::string database_;
  std::string sql_mode_;
};

void MariadbConnection::set_options(const MariadbAddress& address) {
  MYSQL* connection = connection_.get();
  const unsigned no = 0;
  const my_bool yes = 1;
  mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
  mysql_options(connection, MYSQL_OPT_LOCAL_INFILE, &no);
  if (!address.options_file.empty()) {
    mysql_options(connection, MYSQL_READ_DEFAULT_FILE, address.options_file.c_str());
    mysql_options(connection, MYSQL_READ_DEFAULT_GROUP, kGroup);
  }
  if (address.tls_ca.empty() && address.tls_cert.empty()) return;
  mysql_ssl_set(connection, or_null(address.tls_key), or_null(address.tls_cert), or_null(address.tls_ca),
                nullptr, nullptr);
  mysql_options(connection, MYSQL_OPT_SSL_ENFORCE, &yes);
  if (!address.tls_ca.empty()) mysql_options(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

// A procedure gives several results.
template <class TakeRow>
void MariadbConnection::run(const std::string& sql, TakeRow take_row) {
  MYSQL* connection = connection_.get();
  if (mysql_real_query(connection, sql.data(), sql.size()) != 0) fail();
  for (int next = 0; next == 0; next = mysql_next_result(connection)) {
    const Result result(mysql_use_result(connection));
    if (!result && mysql_errno(connection) != 0) fail();
    while (MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr)
      take_row(row, mysql_fetch_lengths(result.get()), mysql_num_fields(result.get()));
    if (mysql_errno(connection) != 0) fail();
  }
  if (mysql_errno(connection) != 0) fail();
}

std::vector<SqlConnection::Row> MariadbConnection::query(const std::string& sql) {
  std::vector<Row> rows;
  run(sql, [&](MYSQL_ROW row, const unsigned long* sizes, unsigned count) {
    Row& out = rows.emplace_back();
    for (unsigned i = 0; i < count; ++i)
      out.push_back(row[i] == nullptr ? std::string() : std::string(row[i], sizes[i]));
  });
  return rows;
}

std::string MariadbConnection::quote(std::string_view text) const {
  std::string escaped(text.size() * 2 + 1, '\0');
  escaped.resize(mysql_real_escape_string(connection_.get(), escaped.data(), text.data(), text.size()));
  return "'" + escaped + "'";
}

SqlDialect MariadbConnection::dialect() const {
  SqlDialect dialect;
  dialect.has_backslash_escapes = sql_mode_.find("NO_BACKSLASH_ESCAPES") == std::string::npos;
  dialect.double_quotes_are_strings = sql_mode_.find("ANSI_QUOTES") == std::string::npos;
  dialect.has_hash_comments = true;
  dialect.dashes_need_blank = true;
  dialect.has_run_comments = true;
  return dialect;
}

// It is the connection's: the server gives it free when it has ended what this connection began.
void MariadbConnection::lock(std::chrono::seconds wait) {
  std::string name = "schema-upgrade." + database_;
  if (name.size() > kLockNameBytes) name = agent::hex(agent::Sha256::of(name)).substr(0, kLockNameBytes);
  const auto rows = query(fmt::format("SELECT GET_LOCK({}, {})", quote(name), wait.count()));
  if (rows.at(0).at(0) != "1")
    throw Error(Errc::busy, fmt::format("another upgrade of {} is at work, for longer than {} s", database_,
                                        wait.count()));
}

std::string MariadbConnection::definitions() {
  agent::Sha256 digest;
  const auto add = [&digest](std::string_view text) {
    digest.update(text);
    digest.update({"\0", 1});
  };
  for (const Row& table :
       query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
             "AND TABLE_TYPE <> 'VIEW' AND LEFT(TABLE_NAME, 11) <> '__tb_schema' ORDER BY 1")) {
    std::string name;
    for (const char c : table[0]) name.append(c == '`' ? 2 : 1, c);
    add(without_next_number(query("SHOW CREATE TABLE `" + name + "`").at(0).at(1)));
  }
  for (const char* sql : kOtherDefinitions)
    for (const Row& row : query(sql))
      for (const std::string& value : row) add(value);
  return agent::hex(digest.finish());
}

}  // namespace

std::unique_ptr<SqlConnection> connect_to_mariadb(const MariadbAddress& address) {
  return std::make_unique<MariadbConnection>(address);
}

bool knows_mariadb() { return true; }

}  // namespace server::schema

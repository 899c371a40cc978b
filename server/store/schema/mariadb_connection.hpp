// connect_to_mariadb: a connection to a database of MariaDB 10.3 or MySQL 5.7 or later, for upgrades.
//
// Text is utf8mb4. Several statements in one string are refused, and so is LOAD DATA LOCAL. It connects
// within 10 s; a statement has the time that it needs.
#pragma once

#include <memory>
#include <string>

#include "store/schema/sql_connection.hpp"

namespace server::schema {

// "" or 0: what options_file says, or else the library's default.
struct MariadbAddress {
  std::string host;
  unsigned port = 0;
  std::string socket;  // a path: not by TCP
  std::string user;
  std::string password;
  std::string database;
  std::string options_file;  // as the mysql client's: [client] and [schema-upgrade]
  std::string tls_ca;        // given: TLS, and the server's certificate is checked
  std::string tls_cert;
  std::string tls_key;
};

// Throws Errc::disconnected with the server's reason, Errc::bad_config when no database is named.
std::unique_ptr<SqlConnection> connect_to_mariadb(const MariadbAddress& address);

// What this program was built with: false without libmariadb, and connecting throws.
bool knows_mariadb();

}  // namespace server::schema

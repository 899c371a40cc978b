#include "schema_upgrade/open_database.hpp"

#include <cstdlib>

#include "base/read_file.hpp"
#include "base/trim.hpp"
#include "store/schema/sqlite_connection.hpp"

namespace server::schema {
namespace {

constexpr std::size_t kMostPasswordBytes = 4096;

std::string password_of(const UpgradeCommandLine& line) {
  if (line.password_file.empty()) {
    const char* value = std::getenv(kPasswordVariable);
    return value == nullptr ? "" : value;
  }
  const std::string text = agent::read_file(line.password_file, kMostPasswordBytes);
  return std::string(agent::trim(std::string_view(text).substr(0, text.find('\n'))));
}

}  // namespace

OpenDatabase::OpenDatabase(const UpgradeCommandLine& line) {
  if (line.sqlite_file.empty()) {
    MariadbAddress address = line.mariadb;
    address.password = password_of(line);
    connection_ = connect_to_mariadb(address);
  } else {
    file_ = open_when_free(line.sqlite_file, line.options.lock_wait);
    connection_ = std::make_unique<SqliteConnection>(*file_);
  }
}

}  // namespace server::schema

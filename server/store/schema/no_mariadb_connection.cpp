#include "agent/error.hpp"
#include "store/schema/mariadb_connection.hpp"

namespace server::schema {

std::unique_ptr<SqlConnection> connect_to_mariadb(const MariadbAddress&) {
  throw agent::Error(agent::Errc::refused,
                     "this program was built without libmariadb: it knows SQLite alone");
}

bool knows_mariadb() { return false; }

}  // namespace server::schema

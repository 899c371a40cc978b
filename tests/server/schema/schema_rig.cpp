#include "tests/server/schema/schema_rig.hpp"

#include <filesystem>
#include <utility>

#include "store/schema/mariadb_connection.hpp"
#include "store/schema/sqlite_connection.hpp"

namespace test {
namespace {

using namespace server::schema;

struct OwnedFile {
  std::unique_ptr<server::store::SqliteFile> file;
};

// With its file.
class SqliteFileConnection : OwnedFile, public SqliteConnection {
 public:
  explicit SqliteFileConnection(std::unique_ptr<server::store::SqliteFile> opened)
      : OwnedFile{std::move(opened)}, SqliteConnection(*file) {}
};

class SqliteSchemaRig : public SchemaRig {
 public:
  std::unique_ptr<SqlConnection> connect() override {
    // No power cut is tested here, and a busy disk makes syncs slow.
    return std::make_unique<SqliteFileConnection>(
        std::make_unique<server::store::SqliteFile>(path(), server::store::Sync::normal));
  }
  std::vector<std::string> arguments() const override { return {"--sqlite", path()}; }

 private:
  std::string path() const { return place_.file("a.db"); }

  TempDir place_;
};

}  // namespace

void SchemaRig::write(const std::string& file, const std::string& text) const {
  std::filesystem::create_directories(std::filesystem::path(directory_.file(file)).parent_path());
  directory_.write(file, text);
}

void SchemaRig::remove(const std::string& file) const { std::filesystem::remove_all(directory_.file(file)); }

UpgradeOptions SchemaRig::options() {
  UpgradeOptions options;
  options.say = [this](const std::string& line) { said_ += line + "\n"; };
  options.error = [this](const std::string& line) { errors_ += line + "\n"; };
  return options;
}

UpgradeResult SchemaRig::upgrade(UpgradeOptions chosen) {
  said_.clear();
  errors_.clear();
  const UpgradeOptions ours = options();
  chosen.say = ours.say;
  chosen.error = ours.error;
  return upgrade_schema(*connect(), directory(), chosen);
}

std::string SchemaRig::value(const std::string& sql) {
  std::string out;
  for (const auto& row : connect()->query(sql)) out += (out.empty() ? "" : " ") + row.at(0);
  return out;
}

std::string SchemaRig::versions(const std::string& table) {
  std::string out;
  for (const auto& row : connect()->query(
           "SELECT schema_version, data_version FROM __tb_schema__ WHERE name = '" + table + "'"))
    out += row.at(0) + " " + row.at(1);
  return out;
}

std::vector<std::string> engines() {
  std::vector<std::string> out{"SQLite"};
  if (knows_mariadb()) out.emplace_back("MariaDB");
  return out;
}

std::unique_ptr<SchemaRig> make_rig(const std::string& engine) {
  if (engine == "MariaDB") return std::make_unique<MariadbRig>(shared_mariadb());
  return std::make_unique<SqliteSchemaRig>();
}

std::unique_ptr<SqlConnection> MariadbRig::connect() {
  MariadbAddress address;
  address.socket = server_.socket();
  address.user = "root";
  address.database = database_;
  return connect_to_mariadb(address);
}

std::vector<std::string> MariadbRig::arguments() const {
  return {"--database", database_, "--socket", server_.socket(), "--user", "root"};
}

MariadbServer& shared_mariadb() {
  static MariadbServer server;
  return server;
}

void write_users(const SchemaRig& rig) {
  rig.write("users/schema/latest.sql",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40), visits INTEGER DEFAULT 0);\n");
  rig.write("users/schema/v1.sql", "ALTER TABLE users ADD COLUMN visits INTEGER DEFAULT 0;\n");
  rig.write("users/data/v1.sql", "INSERT INTO users (id, name) VALUES (1, 'ann');\n");
}

}  // namespace test

#include "tests/support/mariadb_server.hpp"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace test {
namespace {

constexpr const char* kServer = "/usr/sbin/mariadbd";
constexpr const char* kInstall = "/usr/bin/mariadb-install-db";
constexpr const char* kClient = "/usr/bin/mariadb";
constexpr const char* kSystemTables = "/usr/share/mysql/mysql_system_tables.sql";

// The administrator is root without a password.
void install(const std::string& data) {
  Program::Arguments arguments{"--no-defaults",
                               "--datadir=" + data,
                               "--skip-test-db",
                               "--debug-no-sync",
                               "--auth-root-authentication-method=normal",
                               "--innodb-log-file-size=4M"};
  if (::geteuid() == 0) arguments.push_back("--user=root");
  const auto [code, output] = run_program(kInstall, arguments);
  if (code != 0) throw std::runtime_error("mariadb-install-db: " + output);
}

}  // namespace

MariadbServer::MariadbServer(Accounts accounts, const Program::Arguments& more)
    : data_(directory_.file("data")), socket_(directory_.file("mysql.sock")) {
  const std::string temporary = directory_.file("tmp");
  std::filesystem::create_directory(data_);
  std::filesystem::create_directory(temporary);
  arguments_ = {
      "--no-defaults",
      "--datadir=" + data_,
      "--tmpdir=" + temporary,  // a server that starts removes the tables that others have in theirs
      "--socket=" + socket_,
      "--skip-networking",
      "--innodb-log-file-size=4M",
      "--innodb-buffer-pool-size=8M",
      "--debug-no-sync",
      "--innodb-flush-log-at-trx-commit=2"};
  if (::geteuid() == 0) arguments_.push_back("--user=root");  // which it asks for
  if (accounts == Accounts::none) arguments_.push_back("--skip-grant-tables");
  arguments_.insert(arguments_.end(), more.begin(), more.end());
  if (accounts == Accounts::real) install(data_);
  start();
  if (accounts == Accounts::real) return;
  run("CREATE DATABASE mysql");
  run(std::string("SOURCE ") + kSystemTables, "mysql");
}

void MariadbServer::start() {
  program_ = std::make_unique<Program>(kServer, arguments_);
  program_->wait_for("ready for connections");
}

void MariadbServer::kill() {
  program_->signal(SIGKILL);
  program_.reset();
}

std::string MariadbServer::make_database() {
  const std::string name = "d" + std::to_string(++databases_);
  run("CREATE DATABASE " + name);
  return name;
}

std::string MariadbServer::run(const std::string& sql, const std::string& database) const {
  Program::Arguments arguments{
      "--no-defaults", "--socket=" + socket_, "--user=root", "--skip-column-names", "--batch", "-e", sql};
  if (!database.empty()) arguments.push_back(database);
  const auto [code, output] = run_program(kClient, arguments);
  if (code != 0) throw std::runtime_error(sql + ": " + output);
  return output;
}

bool MariadbServer::is_running(const std::string& text) const {
  return run("SELECT 1 FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE '%" +
             text + "%'") != "";
}

}  // namespace test

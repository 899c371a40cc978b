#include "schema_upgrade/upgrade_command_line.hpp"

#include <CLI/CLI.hpp>
#include <map>

#include "schema_upgrade/open_database.hpp"

namespace server::schema {
namespace {

constexpr int kMostWaitSeconds = 86400;

void add_database_options(CLI::App& app, UpgradeCommandLine& line) {
  app.add_option("--sqlite", line.sqlite_file, "a SQLite file; made when it is missing")
      ->type_name("FILE")
      ->group("The database");
  const auto add = [&](const std::string& name, auto& value, const std::string& what,
                       const std::string& type) {
    app.add_option(name, value, what)->type_name(type)->group("The database");
  };
  add("--database,-D", line.mariadb.database, "a database of MariaDB or MySQL", "NAME");
  add("--host", line.mariadb.host, "where its server is (localhost)", "HOST");
  add("--port", line.mariadb.port, "its port (3306)", "PORT");
  add("--socket", line.mariadb.socket, "its socket, instead of host and port", "PATH");
  add("--user,-u", line.mariadb.user, "the account", "NAME");
  add("--password-file", line.password_file, "its first line is the password", "FILE");
  add("--options-file", line.mariadb.options_file,
      "what is not given here, as the mysql client's ~/.my.cnf: [client] and [schema-upgrade]", "FILE");
  add("--tls-ca", line.mariadb.tls_ca, "use TLS, and check the server's certificate with this one", "FILE");
  add("--tls-cert", line.mariadb.tls_cert, "a certificate of our own", "FILE");
  add("--tls-key", line.mariadb.tls_key, "its key", "FILE");
}

bool names_server(const UpgradeCommandLine& line) {
  const MariadbAddress& address = line.mariadb;
  return !(address.host + address.socket + address.user + address.database + address.options_file +
           address.tls_ca + address.tls_cert + address.tls_key + line.password_file)
              .empty() ||
         address.port != 0;
}

std::string problem_of(const UpgradeCommandLine& line) {
  if (!line.sqlite_file.empty() && names_server(line)) return "--sqlite: a file has no server";
  const bool is_mariadb = !line.mariadb.database.empty() || !line.mariadb.options_file.empty();
  if (line.sqlite_file.empty() && !is_mariadb) return "which database? --database NAME, or --sqlite FILE";
  if (line.mariadb.tls_cert.empty() != line.mariadb.tls_key.empty())
    return "--tls-cert and --tls-key go together";
  return {};
}

}  // namespace

UpgradeCommandLine parse_upgrade_command_line(int argc, char** argv) {
  UpgradeCommandLine line;
  CLI::App app("schema-upgrade: brings the tables of a database to what a directory of SQL files says",
               "schema-upgrade");
  bool is_version = false;
  int wait = static_cast<int>(line.options.lock_wait.count());
  app.add_option("DIRECTORY", line.directory,
                 "a folder for each table: schema/latest.sql, schema/v1.sql, data/v1.sql")
      ->type_name("");
  app.add_flag("--dry-run,-n", line.options.is_dry_run, "say what would be run, and run nothing");
  app.add_flag("--stop-on-error", line.options.stops_at_error,
               "leave the tables behind one that fails alone");
  app.add_option("--lock-wait", wait, "how long another upgrade may still take (60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, kMostWaitSeconds));
  const std::map<std::string, Unfinished> choices{
      {"refuse", Unfinished::refuse}, {"repeat", Unfinished::repeat}, {"skip", Unfinished::skip}};
  app.add_option("--unfinished", line.options.unfinished,
                 "what to do with the call of a procedure that was under way when the last upgrade ended: "
                 "refuse (the default), repeat, or skip it")
      ->type_name("WHAT")
      ->transform(CLI::CheckedTransformer(choices).description(""));
  app.add_flag("--version", is_version, "print the version and leave");
  add_database_options(app, line);
  app.footer(std::string("\nThe password is the first line of --password-file, or ") + kPasswordVariable +
             " of the environment, or stands in\n--options-file: a command line can be read by others.\n"
             "Exit codes: 0 done, 1 failed, 2 wrong arguments, 75 another upgrade is at work.");
  try {
    app.parse(argc, argv);
    line.options.lock_wait = std::chrono::seconds(wait);
    if (is_version) {
      line.command = UpgradeCommandLine::Command::version;
      return line;
    }
    if (line.directory.empty()) throw CLI::RequiredError("DIRECTORY");
    if (const std::string problem = problem_of(line); !problem.empty()) throw CLI::ValidationError(problem);
    line.command = UpgradeCommandLine::Command::upgrade;
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? kExitDone : kExitWrongUsage;
  }
  return line;
}

}  // namespace server::schema

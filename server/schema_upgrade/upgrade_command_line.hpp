// The command line of schema-upgrade.
#pragma once

#include <string>

#include "store/schema/mariadb_connection.hpp"
#include "store/schema/schema_upgrade.hpp"

namespace server::schema {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUsage = 2;
inline constexpr int kExitBusy = 75;  // as sysexits.h's EX_TEMPFAIL

struct UpgradeCommandLine {
  enum class Command { leave, version, upgrade };

  Command command = Command::leave;
  int exit_code = kExitDone;  // of leave
  std::string directory;
  std::string sqlite_file;  // "": MariaDB
  MariadbAddress mariadb;
  std::string password_file;
  UpgradeOptions options;  // without say and error
};

// Prints help, and what is wrong with the arguments.
UpgradeCommandLine parse_upgrade_command_line(int argc, char** argv);

}  // namespace server::schema

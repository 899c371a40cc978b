// schema-upgrade: brings the tables of a database to what a directory of SQL files says (docs/schemas.md).
#include <fmt/format.h>

#include <cstdio>

#include "agent/error.hpp"
#include "schema_upgrade/open_database.hpp"
#include "schema_upgrade/upgrade_command_line.hpp"

namespace server::schema {
namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);  // what was done is to be seen even if we are killed now
}

void say_error(const std::string& line) { fmt::print(stderr, "schema-upgrade: {}\n", line); }

int upgrade(UpgradeCommandLine line) {
  line.options.say = say;
  line.options.error = say_error;
  OpenDatabase database(line);
  const UpgradeResult result = upgrade_schema(database.connection(), line.directory, line.options);
  if (result.failed > 0) {
    say_error(fmt::format("{} tables failed", result.failed));
    return kExitFailed;
  }
  if (result.scripts == 0) say("nothing to do");
  return kExitDone;
}

int run(int argc, char** argv) {
  const UpgradeCommandLine line = parse_upgrade_command_line(argc, argv);
  try {
    switch (line.command) {
      case UpgradeCommandLine::Command::leave: return line.exit_code;
      case UpgradeCommandLine::Command::version: fmt::print("{}\n", SCHEMA_UPGRADE_VERSION); return kExitDone;
      case UpgradeCommandLine::Command::upgrade: return upgrade(line);
    }
  } catch (const agent::Error& error) {
    say_error(error.what());
    return error.code() == agent::Errc::busy ? kExitBusy : kExitFailed;
  }
  return kExitFailed;
}

}  // namespace
}  // namespace server::schema

int main(int argc, char** argv) { return server::schema::run(argc, argv); }

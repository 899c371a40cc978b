#include <catch2/catch.hpp>

#include "commands/command_order.hpp"
#include "commands/script_run.hpp"
#include "order_error.hpp"

using namespace server;

namespace {

agent::wire::Exec exec_as(const std::string& auth) {
  agent::wire::Exec exec;
  exec.cmd = "id";
  exec.auth = auth;
  return exec;
}

}  // namespace

TEST_CASE("A command is refused by the service itself, whichever front end was asked", "[server][commands]") {
  CHECK_NOTHROW(check_exec(exec_as("")));
  CHECK_NOTHROW(check_exec(exec_as("SUDO")));
  CHECK_NOTHROW(check_exec(exec_as("su")));
  CHECK_THROWS_WITH(check_exec(exec_as("root")), "bad param: auth: neither sudo nor su");
  CHECK_THROWS_AS(check_exec(exec_as("root")), OrderError);
  CHECK_THROWS_WITH(check_exec({}), "Missing [cmd]");
}

TEST_CASE("A script is refused by the service itself", "[server][commands]") {
  ScriptOrder order;
  order.type = "sh";
  CHECK_NOTHROW(check_script(order));
  order.exec.auth = "doas";
  CHECK_THROWS_WITH(check_script(order), "bad param: auth: neither sudo nor su");
  order.type = "cobol";
  CHECK_THROWS_WITH(check_script(order), "bad param: unsupported type");
  CHECK_THROWS_AS(check_script(order), OrderError);
}

TEST_CASE("What people are shown of a command is its whole line, without what it hides",
          "[server][commands]") {
  agent::wire::Exec exec;
  exec.cmd = "mysql";
  exec.args = {"--password=secret", "db\n"};
  exec.pass = "secret";
  const std::string shown = shown_command(exec);
  CHECK_THAT(shown, Catch::StartsWith("mysql "));
  CHECK_THAT(shown, Catch::Contains(" db") && !Catch::Contains("secret") && !Catch::Contains("\n"));
}

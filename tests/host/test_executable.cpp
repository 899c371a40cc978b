#include <catch2/catch.hpp>
#include <filesystem>

#include "host/executable.hpp"

namespace agent::host {
namespace {

TEST_CASE("A relative path lies beside the program", "[host]") {
  CHECK(resolve_beside("/opt/exec-agent/bin/exec-agent", "logs") == "/opt/exec-agent/bin/logs");
  CHECK(resolve_beside("/opt/exec-agent/bin/exec-agent", "../logs/./x") == "/opt/exec-agent/logs/x");
  CHECK(resolve_beside("/agent", "logs") == "/logs");
}

TEST_CASE("An absolute path stays as it is", "[host]") {
  CHECK(resolve_beside("/opt/exec-agent/bin/exec-agent", "/var/log/x") == "/var/log/x");
}

TEST_CASE("No path is the program's directory", "[host]") {
  CHECK(resolve_beside("/opt/exec-agent/bin/exec-agent", "") == "/opt/exec-agent/bin");
}

TEST_CASE("The running program is found", "[host]") {
  std::filesystem::path program = program_path();
  CHECK(program.is_absolute());
  CHECK(std::filesystem::is_regular_file(program));
  CHECK(resolve_beside_program("logs") == program.parent_path() / "logs");
}

}  // namespace
}  // namespace agent::host

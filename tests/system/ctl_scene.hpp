// CtlScene: a real server, and agentctl as it is called from scripts and on terminals.
#pragma once

#include <string>
#include <utility>

#include "tests/support/places.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct CtlRun {
  int code = 0;
  std::string out;
  std::string err;
};

class CtlScene {
 public:
  explicit CtlScene(const std::string& server_settings = {}) : server(server_settings) {}

  // A line for bash in which `agentctl` is the program, on the scene's server, with no configuration of its
  // own.
  std::string line(const std::string& text) const {
    return "export AGENTCTL_URL=http://" + server.address() + " AGENTCTL_CONFIG=" + dir.file("config.yaml") +
           " DIR=" + dir.path() + "; agentctl() { " + built_program("agentctl") + " \"$@\"; }; " + text;
  }
  // The line's exit code, stdout and stderr.
  CtlRun run(const std::string& text, std::chrono::milliseconds limit = kPatience) const {
    const std::string out = dir.file("stdout");
    const std::string err = dir.file("stderr");
    Program program("/bin/bash", {"-c", "{ " + line(text) + "\n} >" + out + " 2>" + err});
    const int code = program.wait(limit);
    return {code, read_file(out), read_file(err)};
  }

  ServerProgram server;
  TempDir dir;
};

}  // namespace test

// The lines of README and of the examples, typed one after the other by a stranger with the programs in PATH.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <list>

#include "tests/support/places.hpp"
#include "tests/system/page.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

class Stranger {
 public:
  // Where they are: in an empty folder, or a copy of one of the repository.
  Stranger() : folder_(dir_.file("there")) { std::filesystem::create_directory(folder_); }
  explicit Stranger(const std::string& folder) : folder_(dir_.file("there")) {
    std::filesystem::copy(source_path(folder), folder_);
  }

  void write(const std::string& file, const std::string& text) {
    std::ofstream(folder_ + "/" + file) << text;
  }

  void type(std::string line) {
    INFO(line);
    line = replaced_if_there(
        std::move(line), {{"127.0.0.1:13081", address_}, {"/tmp/my-agent.conf", dir_.file("my-agent.conf")}});
    if (line.ends_with(" &")) {
      start(line.substr(0, line.size() - 2));
    } else {
      run(line);
    }
    ++typed_;
  }
  int typed() const { return typed_; }

 private:
  // What the shell needs to find: the programs, a home without anything, and a server that is not the one
  // which somebody may run here.
  std::string before() const {
    const std::string programs = std::filesystem::path(kServerProgram).parent_path().string();
    return "cd " + folder_ + " && export PATH=" + programs + ":$PATH HOME=" + dir_.path() +
           " LIBAGENT_LISTEN=127.0.0.1:0 LIBAGENT_SERVER=" + address_ + " AGENTCTL_URL=http://" + address_ +
           " && unset XDG_STATE_HOME && ";
  }

  // In the background, where the next lines can count on it.
  void start(const std::string& command) {
    const bool is_server = command == "agent-server";
    const bool has_setting = command.starts_with("LIBAGENT_");
    programs_.emplace_back(
        "/bin/bash", Program::Arguments{"-c", before() + (has_setting ? "exec env " : "exec ") + command});
    if (is_server) {
      address_ = "127.0.0.1:" + programs_.back().wait_for_rest_of("listening on 127.0.0.1:");
    } else {
      programs_.back().wait_for("connected to ");
    }
  }

  void run(const std::string& command) {
    const auto [code, output] = run_program("/bin/bash", {"-c", before() + command});
    INFO(output);
    CHECK(code == 0);
    if (command.starts_with("curl")) CHECK(output.find("{\"code\":200,") != std::string::npos);
  }

  TempDir dir_;
  const std::string folder_;
  std::string address_ = "127.0.0.1:1";
  std::list<Program> programs_;
  int typed_ = 0;
};

// Those for the shell; `make` has tests of its own, and nobody has to wait here.
bool is_for_us(const std::string& line) {
  return !line.empty() && !line.starts_with("#") && !line.starts_with("make ") && !line.starts_with("sleep ");
}

int follow(const std::string& page, Stranger& stranger) {
  for (const std::string& line : shell_lines(page)) {
    if (is_for_us(line)) stranger.type(line);
  }
  return stranger.typed();
}

int follow(const std::string& page, const std::string& folder) {
  Stranger stranger(folder);
  return follow(page, stranger);
}

}  // namespace

TEST_CASE("The lines of the README work as they are written", "[system][docs]") {
  CHECK(follow("README.md", "examples/hello-agent") == 8);
}

TEST_CASE("The lines of example-agent's README work as they are written", "[system][docs]") {
  CHECK(follow("examples/example-agent/README.md", "examples/example-agent") == 7);
}

TEST_CASE("The lines of exec-agent's README work as they are written", "[system][docs]") {
  CHECK(follow("examples/exec-agent/README.md", "examples/exec-agent") == 6);
}

TEST_CASE("The lines of docs/writing-agents.md work as they are written", "[system][docs]") {
  const std::string page = "docs/writing-agents.md";
  Stranger stranger;
  stranger.write("disk-agent.conf", blocks_of(page, "conf").at(0));
  CHECK(follow(page, stranger) == 5);
}

// The lines of the guides under docs/, as a reader would type them.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/support/places.hpp"
#include "tests/system/page.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

struct Reader {
  explicit Reader(const std::string& id = "exec-1", const std::string& program = kExecAgentProgram)
      : agent(server.address(), id, "", program) {
    server.wait_for_agent(id);
  }

  // Types the line; its output.
  std::string type(std::string line) {
    line = replaced_if_there(std::move(line), {{"127.0.0.1:13081", server.address()}});
    const std::string settings =
        "TASK='" + task + "' PID='" + pid + "' LAYOUT='" + layout + "' DIR='" + dir.path() + "'; ";
    const auto [code, output] = run_program("/bin/bash", {"-c", settings + line});
    INFO(line);
    INFO(output);
    CHECK(code == 0);
    CHECK(output.find("\"msg\"") == std::string::npos);
    return output;
  }

  ServerProgram server;
  AgentProgram agent;
  TempDir dir;
  std::string task = "none";
  std::string pid = "0";
  std::string layout = "none";
};

}  // namespace

TEST_CASE("The lines of docs/commands.md do what the page says", "[system][docs]") {
  Reader reader;
  std::size_t followed = 0;
  for (const std::string& line : shell_lines("docs/commands.md")) {
    const std::string output = reader.type(line);
    if (line.find("\"result\": false") != std::string::npos) {
      reader.task = json_at(output, "payload.id");
      reader.pid = json_at(output, "payload.pid");
    } else if (line.find("-D -") != std::string::npos) {
      CHECK(output.find("X-Ignored-Keys: tiemout;nearest=timeout\r\n") != std::string::npos);
    } else if (line.find("text/plain") != std::string::npos) {
      CHECK(output.starts_with("Filesystem "));
    } else if (line.find("/run") != std::string::npos) {
      CHECK(json_at(output, "payload.result.code") == "0");
    }
    if (line.find("follow=1") != std::string::npos) {
      CHECK(output == "line 1\r\nline 2\r\nline 3\r\n");
      ++followed;
    }
    if (line.find("event-stream") != std::string::npos) {
      CHECK(output.find("event: end") != std::string::npos);
      ++followed;
    }
  }
  CHECK(followed == 2);
}

TEST_CASE("The lines of docs/files.md do what the page says", "[system][docs]") {
  Reader reader;
  std::size_t lines = 0;
  for (const std::string& line : shell_lines("docs/files.md")) {
    const std::string output = reader.type(line);
    ++lines;
    const bool is_look = line.find(" -I ") != std::string::npos;
    if (is_look) CHECK(output.find("ETag: ") != std::string::npos);
    if (!is_look && line.find("/download") != std::string::npos) CHECK(output == read_file("/etc/hostname"));
    if (line.find("/script/") != std::string::npos) CHECK(json_at(output, "payload.code") == "0");
    if (line.find("/layout/run") != std::string::npos) reader.layout = json_at(output, "payload");
  }
  CHECK(lines >= 7);
}

TEST_CASE("The lines of docs/calls.md do what the page says", "[system][docs]") {
  Reader reader("hello-1", built_program("hello-agent"));
  const std::string reply = R"({"type":1002,"bar":{"greeting":"hello, world"}})";
  std::size_t lines = 0;
  for (const std::string& line : shell_lines("docs/calls.md")) {
    const std::string output = reader.type(line);
    ++lines;
    if (line.find("stream=1") != std::string::npos) {
      CHECK(output == "event: reply\ndata: " + reply + "\n\nevent: end\ndata: {\"replies\":1}\n\n");
    } else if (line.find("/events") == std::string::npos) {
      CHECK(output.find("\"payload\":" + reply) != std::string::npos);
    }
  }
  CHECK(lines == 3);
}

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/json_text.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kOldLogSize = 300'000;  // ten blocks of the wire protocol

std::string some_bytes(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// An agent that logs to files, with an older log of binary content beside the current one.
struct Logging {
  Logging() : agent_logs(logs.file("logs")), old_log(some_bytes(kOldLogSize)) {
    fs::create_directory(agent_logs);
    std::ofstream(agent_logs + "/example-agent.log.1", std::ios::binary) << old_log;
    fs::create_symlink("/etc/passwd", agent_logs + "/example-agent.log.2");
    logs.write("secret", "not for you");
    agent.emplace(server.address(), "log-1",
                  "basic.log.target = stdout, file\nbasic.log.dir = " + agent_logs + "\n");
    server.wait_for_agent("log-1");
  }

  HttpReply download(const std::string& files, const Headers& headers = {}) {
    return server.client().get("/api/agents/log-1/log/download?" + files, headers);
  }

  ServerProgram server;
  TempDir logs;
  const std::string agent_logs;
  const std::string old_log;
  std::optional<AgentProgram> agent;
};

// The files of an archive, unpacked by another program.
struct Unpacked {
  explicit Unpacked(const std::string& zip) {
    const std::string path = dir.write("log.zip", zip);
    const auto [code, output] =
        run_program("/usr/bin/env", {"python3", "-m", "zipfile", "-e", path, dir.file("out")});
    INFO(output);
    CHECK(code == 0);
  }
  std::string file(const std::string& name) const { return read_file(dir.file("out/" + name)); }

  TempDir dir;
};

}  // namespace

TEST_CASE("An agent's log files are listed, and what is no regular file is not", "[system]") {
  Logging logging;
  const std::string list = logging.server.get("/api/agents/log-1/logs");
  CHECK(json_at(list, "code") == "200");
  CHECK(json_at(list, "payload.0.name") == "example-agent.log");
  CHECK(std::stoul(json_at(list, "payload.0.size")) > 0);
  CHECK(json_at(list, "payload.1.name") == "example-agent.log.1");
  CHECK(json_at(list, "payload.1.size") == std::to_string(kOldLogSize));
  CHECK(std::stoul(json_at(list, "payload.1.mod_time")) > 1'700'000'000);
  CHECK(json_at(list, "payload.2.name") == "");
}

TEST_CASE("Log files are downloaded as a zip with every byte in place", "[system]") {
  Logging logging;
  const HttpReply reply = logging.download("files=example-agent.log&files=example-agent.log.1");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "application/zip");
  CHECK(reply.header("Content-Disposition") == "attachment; filename=\"log.zip\"");
  Unpacked unpacked(reply.body);
  CHECK(unpacked.file("example-agent.log.1") == logging.old_log);
  const std::string current = unpacked.file("example-agent.log");
  CHECK(current.find("connected to ") != std::string::npos);
  CHECK(read_file(logging.agent_logs + "/example-agent.log").starts_with(current));
}

TEST_CASE("A part of a log download can be had by Range", "[system]") {
  Logging logging;
  const HttpReply whole = logging.download("files=example-agent.log.1");
  const HttpReply part = logging.download("files=example-agent.log.1", {{"Range", "bytes=100-299"}});
  CHECK(part.status == 206);
  CHECK(part.body == whole.body.substr(100, 200));
  CHECK(part.header("Content-Range") == "bytes 100-299/" + std::to_string(whole.body.size()));
  CHECK(logging.download("files=example-agent.log.1", {{"Range", "bytes=99999999-"}}).status == 416);
}

TEST_CASE("Only names of the agent's own list are delivered", "[system]") {
  Logging logging;
  const std::string name = GENERATE(as<std::string>{}, "../secret", "../../../../etc/hostname", "/etc/passwd",
                                    "example-agent.log.2", "..", ".", "example-agent.log/../../secret",
                                    "example-agent.log%00.1", "..%2Fsecret", "no-such.log");
  INFO(name);
  const HttpReply reply = logging.download("files=example-agent.log&files=" + name);
  CHECK(reply.status == 503);
  CHECK(reply.body != "");
  CHECK(reply.body.find("not for you") == std::string::npos);
  CHECK(logging.server.foo("log-1") == 200);
  CHECK(logging.agent->sessions() == 1);
}

TEST_CASE("A log download without names is a bad request", "[system]") {
  Logging logging;
  CHECK(json_at(logging.download("").body, "code") == "400");
  CHECK(json_at(logging.download("").body, "msg") == "Missing [files]");
  CHECK(json_at(logging.download("files=").body, "code") == "400");
  CHECK(json_at(logging.server.get("/api/agents/nobody/logs"), "code") == "404");
}

TEST_CASE("An agent that logs to no file lists none", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "quiet-1");
  server.wait_for_agent("quiet-1");
  CHECK(server.get("/api/agents/quiet-1/logs").find("\"payload\":null") != std::string::npos);
}

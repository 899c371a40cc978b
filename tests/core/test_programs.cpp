// The example programs as they are built: what the README shows works.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>

#include "tests/core/stage.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::Socket;

namespace {

struct Result {
  int code;
  std::string output;  // stdout and stderr
};

Result run(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Result result;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    result.output.push_back(static_cast<char>(c));
  result.code = WEXITSTATUS(pclose(pipe));
  return result;
}

std::string read_text(const std::string& path) {
  std::string text;
  std::FILE* file = std::fopen(path.c_str(), "r");
  REQUIRE(file != nullptr);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  std::fclose(file);
  return text;
}

class Program {
 public:
  Program(std::string path, std::string conf) {
    std::string option = "--conf";
    char* arguments[] = {path.data(), option.data(), conf.data(), nullptr};
    REQUIRE(posix_spawn(&pid_, path.c_str(), nullptr, nullptr, arguments, environ) == 0);
  }
  ~Program() {
    if (pid_ > 0) kill(pid_, SIGKILL);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  int terminate() {
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

Task<> ask_hello(net::Loop& loop) {
  test::TempDir dir;
  test::FakeServer server(loop);
  std::string conf = dir.write("agent.conf", "id = hello\nserver = " + server.address() + "\n");
  Program hello(HELLO_AGENT, conf);
  Socket socket = co_await server.welcome();
  CHECK(server.come.name == "hello-agent");
  CHECK(server.come.version == "1.0.0");
  socket->send(R"({"type":1001,"tid":"t-1","foo":{"name":"world"}})");
  std::string reply = co_await socket->read();
  CHECK(reply == R"({"type":1002,"tid":"t-1","bar":{"greeting":"hello, world"}})");
  CHECK(hello.terminate() == 0);
}

Task<> ask_example(net::Loop& loop) {
  test::TempDir dir;
  test::FakeServer server(loop);
  std::string conf = dir.write("agent.conf", "basic.server = " + server.address() + "\nfoo.delay = 1ms\n" +
                                                 "log.target = file\nlog.dir = " + dir.path() + "\n");
  Program example(EXAMPLE_AGENT, conf);
  wire::Handshake answer;
  answer.ok = true;
  answer.id = "agent-7";
  Socket socket = co_await server.welcome(answer);
  CHECK(server.come.name == "example-agent");
  socket->send(R"({"type":8,"tid":"t-1"})");
  std::string reply = co_await socket->read();
  CHECK(reply == R"({"type":9,"tid":"t-1"})");
  CHECK(example.terminate() == 0);
  CHECK_THAT(read_text(conf), Catch::Contains("id = agent-7"));
  CHECK_THAT(read_text(dir.path() + "/example-agent.log"), Catch::Contains("answers after 1ms"));
}

}  // namespace

TEST_CASE("The hello agent of the README has 19 lines and greets", "[core]") {
  std::string source = read_text(EXAMPLES_DIR "/hello-agent/main.cpp");
  CHECK(std::count(source.begin(), source.end(), '\n') <= 19);
  test::on_loop([](net::Loop& loop) { return ask_hello(loop); });
}

TEST_CASE("example-agent answers foo with bar, keeps its id and ends with 0", "[core]") {
  test::on_loop([](net::Loop& loop) { return ask_example(loop); });
}

TEST_CASE("manifest.yaml beside example-agent is what it generates", "[core]") {
  Result result = run(EXAMPLE_AGENT " manifest");
  CHECK(result.code == 0);
  CHECK(result.output == read_text(EXAMPLES_DIR "/example-agent/manifest.yaml"));
}

TEST_CASE("The sample configuration is valid", "[core]") {
  Result result = run(EXAMPLE_AGENT " validate --conf " EXAMPLES_DIR "/example-agent/agent.conf");
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Catch::Contains("is valid") && !Catch::Contains("warning"));
}

TEST_CASE("validate prints every problem and warning, and exits with 78", "[core]") {
  test::TempDir dir;
  std::string path = dir.write("agent.conf", "log.size = 10Q\nlog.rotate = many\nfoo.dely = 1s\n");
  for (const char* command : {" validate --conf ", " --conf "}) {
    Result result = run(EXAMPLE_AGENT + std::string(command) + path);
    CHECK(result.code == 78);
    CHECK_THAT(result.output, Catch::Contains("line 1: log.size") && Catch::Contains("line 2: log.rotate"));
    CHECK_THAT(result.output, Catch::Contains("server"));
  }
  Result result = run(EXAMPLE_AGENT " validate --conf " + path);
  CHECK_THAT(result.output, Catch::Contains("warning: ") && Catch::Contains("foo.delay"));
}

TEST_CASE("version prints four lines", "[core]") {
  Result result = run(EXAMPLE_AGENT " version");
  CHECK(result.code == 0);
  CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 4);
  CHECK_THAT(result.output, Catch::StartsWith("version: ") && Catch::Contains("\ncode version: ") &&
                                Catch::Contains("\nbuild time: ") && Catch::Contains("\ntool chain: c++ "));
}

TEST_CASE("Exit codes say what kind of failure it was", "[core]") {
  CHECK(run(EXAMPLE_AGENT " --help").code == 0);
  CHECK(run(EXAMPLE_AGENT).code == 2);
  CHECK(run(EXAMPLE_AGENT " run").code == 2);
  CHECK(run(EXAMPLE_AGENT " dance").code == 2);
  CHECK(run(EXAMPLE_AGENT " --config x").code == 2);
  for (const char* command : {" --conf ", " validate --conf "}) {
    Result result = run(EXAMPLE_AGENT + std::string(command) + "/does/not/exist.conf");
    CHECK(result.code == 78);
    CHECK_THAT(result.output, Catch::Contains("cannot be read: open /does/not/exist.conf: No such file"));
  }
  test::TempDir dir;
  std::string conf = dir.write("agent.conf", "server = 127.0.0.1:1\nlog.target = file\nlog.dir = /proc/no\n");
  CHECK(run(EXAMPLE_AGENT " --conf " + conf).code == 1);
}

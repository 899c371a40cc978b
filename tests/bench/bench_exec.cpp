// bench-exec: a command through the API, by clients who wait for it, beside the bare spawning of the same
// command by as many threads in the same run; and the output of one that prints much, followed by a client,
// beside what a bare terminal passes on to somebody who throws it away.
#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/options.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/tcp_socket.hpp"

extern char** environ;

namespace {

using namespace bench;
using agent::net::Clock;

const char* const kCommand = "echo hello";
constexpr std::size_t kPiece = 256 * 1024;

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agent", "build/release/bin/exec-agent"},
                  {"clients", "4"},
                  {"seconds", "5"},
                  {"pipes", "0"},
                  {"megabytes", "1024"}});
}

// Runs a shell line whose output goes to the open file `output`.
pid_t spawn_bare(const char* line, int output) {
  const char* const arguments[] = {"sh", "-c", line, nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  pid_t pid = 0;
  if (posix_spawnp(&pid, "sh", &actions, nullptr, const_cast<char* const*>(arguments), environ) != 0)
    throw std::runtime_error("spawn");
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

void run_bare(int output) {
  int status = 0;
  waitpid(spawn_bare(kCommand, output), &status, 0);
}

double megabytes_per_second(std::uint64_t bytes, Clock::time_point start) {
  return static_cast<double>(bytes) / 1e6 / std::chrono::duration<double>(Clock::now() - start).count();
}

// What a terminal passes on of the output of `line`, in MB/s.
double bare_terminal_rate(const std::string& line) {
  int ours = -1;
  int theirs = -1;
  if (openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
  const Clock::time_point start = Clock::now();
  const pid_t pid = spawn_bare(line.c_str(), theirs);
  close(theirs);
  std::vector<char> piece(kPiece);
  std::uint64_t bytes = 0;
  for (ssize_t count = 0; (count = read(ours, piece.data(), piece.size())) > 0;)
    bytes += static_cast<std::uint64_t>(count);
  const double rate = megabytes_per_second(bytes, start);
  close(ours);
  int status = 0;
  waitpid(pid, &status, 0);
  return rate;
}

// How often `threads` threads do it in so many seconds, per second.
template <class Make>
double rate_of(std::size_t threads, double seconds, Make make) {
  std::atomic<std::size_t> done{0};
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        auto work = make();
        for (; Clock::now() < end; ++done) work();
      });
    }
  }
  return static_cast<double>(done) / seconds;
}

std::string body_of(const Options& options, const std::string& command, bool waits) {
  return std::string(R"({"cmd":")") + command + R"(","result":)" + (waits ? "true" : "false") +
         (options.count("pipes") != 0 ? R"(,"pipes":true})" : "}");
}

void run_command(test::HttpClient& http, const std::string& body) {
  const std::string reply = http.request("POST", "/api/exec/bench/run", {}, body).body;
  if (reply.find(R"("code":0)") == std::string::npos) throw std::runtime_error(reply);
}

void measure_commands(const Options& options, const BenchServer& server, std::uint16_t port, pid_t agent) {
  const std::size_t clients = options.count("clients");
  const double seconds = options.number("seconds");
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const double bare = rate_of(clients, seconds, [nowhere] { return [nowhere] { run_bare(nowhere); }; });
  close(nowhere);
  const Usage before = server.usage();
  const Usage agent_before = usage_of(agent);
  const std::string body = body_of(options, kCommand, true);
  const double ours = rate_of(clients, seconds, [&] {
    auto http = std::make_shared<test::HttpClient>(port);
    return [http, &body] { run_command(*http, body); };
  });
  const double count = ours * seconds;
  std::printf(
      "sh -c 'echo hello', %zu at once: bare %.0f/s, through the API %.0f/s (%.0f %%), %.1f us of server CPU and "
      "%.1f us of agent CPU each; server %.1f MB, agent %.1f MB\n",
      clients, bare, ours, 100 * ours / bare, (server.usage().cpu_us - before.cpu_us) / count,
      (usage_of(agent).cpu_us - agent_before.cpu_us) / count,
      static_cast<double>(server.usage().rss_bytes) / 1e6,
      static_cast<double>(usage_of(agent).rss_bytes) / 1e6);
}

std::uint64_t follow(std::uint16_t port, const std::string& task) {
  test::TcpSocket socket = test::TcpSocket::connect(port);
  socket.send("GET /api/exec/bench/tasks/" + task +
              "/output?follow=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  std::uint64_t bytes = 0;
  for (;;) {
    const std::size_t count = socket.receive(test::kPatience, kPiece).size();
    if (count == 0) return bytes;
    bytes += count;
  }
}

void measure_output(const Options& options, std::uint16_t port) {
  const std::string command =
      "head -c " + std::to_string(options.count("megabytes") * 1024 * 1024) + " /dev/zero";
  test::HttpClient http(port);
  const Clock::time_point start = Clock::now();
  const std::string reply =
      http.request("POST", "/api/exec/bench/run", {}, body_of(options, command, false)).body;
  const std::uint64_t bytes = follow(port, test::json_at(reply, "payload.id"));
  const double rate = megabytes_per_second(bytes, start);
  std::printf("output of %zu MiB, followed: %.0f MB/s; a bare terminal: %.0f MB/s\n",
              options.count("megabytes"), rate, bare_terminal_rate(command));
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Options options = parse(argc, argv);
  BenchServer server(options.text("server"), "tasks.output_limit = 4Gi\n");
  const std::string address = server.address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  test::TempDir dir;
  const std::string conf = dir.write("agent.conf", "id = bench\nserver = " + address + "\n");
  test::Program agent(options.text("agent"), {"--conf", conf});
  agent.wait_for("connected to ");
  std::printf("agent, idle: %.1f MB\n", static_cast<double>(usage_of(agent.pid()).rss_bytes) / 1e6);
  measure_commands(options, server, port, agent.pid());
  measure_output(options, port);
  return 0;
}

#include "tests/system/programs.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/support/json_text.hpp"
#include "tests/support/sanitized.hpp"

namespace test {
namespace {

// An agent ends within two seconds.
constexpr std::chrono::seconds kEndOfAgent{10};

}  // namespace

ServerProgram::ServerProgram(std::string settings) : settings_(std::move(settings)) { start(); }

void ServerProgram::start() {
  dir_.write("server.conf",
             "id = test-cluster\n"
             "listen = " +
                 address() + "\n" + "data_dir = " + dir_.file("data") + "\n" +
                 "cache_dir = " + dir_.file("cache") + "\n" +
                 "cache_threshold = 100\n"
                 "log_dir = " +
                 dir_.file("logs") + "\n" +
                 "log.target = stdout\n"
                 "server_names = x\n"  // the Host of tests that write their requests themselves
                 "connect_limit = 10000\n" +
                 settings_);
  program_ = std::make_unique<Program>(kServerProgram, Program::Arguments{"--conf", conf()});
  port_ = static_cast<std::uint16_t>(std::stoul(program_->wait_for_rest_of("listening on 127.0.0.1:")));
}

void ServerProgram::restart(int signal) {
  program_->signal(signal);
  program_->wait();
  start();
}

void ServerProgram::kill() {
  program_->signal(SIGKILL);
  program_->wait();
}

int ServerProgram::foo(const std::string& id) const {
  return std::stoi(json_at(get("/api/foo/" + id), "code"));
}

bool ServerProgram::has(const std::string& id) const {
  return json_at(get("/api/agents/" + id), "code") == "200";
}

void ServerProgram::wait_for_agent(const std::string& id, std::chrono::milliseconds limit) const {
  wait_until(
      id + " is connected", [&] { return has(id); }, limit);
}

void ServerProgram::wait_for_loss(const std::string& id, std::chrono::milliseconds limit) const {
  wait_until(
      id + " is gone", [&] { return !has(id); }, limit);
}

std::optional<double> ServerProgram::metric(const std::string& series) const {
  std::istringstream lines(get("/metrics"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  return std::nullopt;
}

AgentProgram::AgentProgram(const std::string& server, const std::string& id, const std::string& settings,
                           std::string path, Program::Arguments starter)
    : path_(std::move(path)), starter_(std::move(starter)) {
  dir_.write("agent.conf",
             "# the agent of a test\n"
             "basic.id = " +
                 id + "\n" + "basic.server = " + server + "\n" +
                 "basic.log.target = stdout  # read by the test\n" + settings);
  restart();
}

AgentProgram::~AgentProgram() {
  if (!program_) return;
  const std::string groups = read_file("/proc/" + std::to_string(program_->pid()) + "/cgroup");
  if (groups.find("jkstack") == std::string::npos) return;
  try {
    program_->signal(SIGTERM);
    program_->wait(kEndOfAgent);
  } catch (const TimedOut&) {
    // The next agent of this name removes its groups.
  }
}

void AgentProgram::restart() {
  program_.reset();
  Program::Arguments words = starter_;
  words.insert(words.end(), {path_, "--conf", conf()});
  const std::string first = words.front();
  words.erase(words.begin());
  program_ = std::make_unique<Program>(first, words);
}

Program::Arguments with_signals_blocked() {
  return {"/usr/bin/python3", "-c",
          "import os, signal, sys\n"
          "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))\n"
          "os.execv(sys.argv[1], sys.argv[1:])"};
}

Program::Arguments in_a_removed_directory() {
  return {"/bin/sh", "-c", "dir=$(mktemp -d) && cd \"$dir\" && rmdir \"$dir\" && exec \"$@\"", "sh"};
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void check_memory(const Program& program, std::size_t bytes) {
  if (!kSanitized) CHECK(program.resident_bytes() <= bytes);
}

void check_extra_memory(const ExtraMemory& memory, std::size_t bytes) {
  if (!kSanitized) CHECK(memory.bytes() <= bytes);
}

}  // namespace test

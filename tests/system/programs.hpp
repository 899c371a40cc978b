// ServerProgram, AgentProgram: the real agent-server and an example's agent, each with a configuration and
// directories of its own, which end with the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/extra_memory.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

inline const std::string kServerProgram = built_program("agent-server");
inline const std::string kAgentProgram = built_program("example-agent");
inline const std::string kExecAgentProgram = built_program("exec-agent");

class ServerProgram {
 public:
  // Listens on a free port of 127.0.0.1. `settings`: further lines of server.conf, which win.
  explicit ServerProgram(std::string settings = {});

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  Program& program() { return *program_; }
  const TempDir& dir() const { return dir_; }
  std::string conf() const { return dir_.file("server.conf"); }

  // Ends it by SIGKILL; start() brings a new one up on the same port.
  void kill();
  void start();
  // Ends it by `signal`, waits for that, and brings a new one up.
  void restart(int signal);

  // For HTTPS: what clients of http() and get() use.
  void set_client_tls(std::shared_ptr<agent::net::TlsContext> tls) { client_tls_ = std::move(tls); }
  // A client of its own.
  HttpClient client() const { return HttpClient(port_, client_tls_); }
  std::string get(const std::string& path) const { return client().get(path).body; }

  // Calls foo: the code of the envelope.
  int foo(const std::string& id) const;
  // Whether the agent is in the list.
  bool has(const std::string& id) const;
  // The server has accepted it; the agent may not have read that yet (AgentProgram::wait_for_session).
  void wait_for_agent(const std::string& id, std::chrono::milliseconds limit = kPatience) const;
  void wait_for_loss(const std::string& id, std::chrono::milliseconds limit = kPatience) const;
  // The value of a line of /metrics: `series` is the name with its labels. nullopt when there is none.
  std::optional<double> metric(const std::string& series) const;

 private:
  const std::string settings_;
  TempDir dir_;
  std::uint16_t port_ = 0;  // 0 before the first start: any free one
  std::shared_ptr<agent::net::TlsContext> client_tls_;
  std::unique_ptr<Program> program_;
};

class AgentProgram {
 public:
  // `server`: one or more addresses. An empty id: the server assigns one. `settings`: further lines.
  // `starter`: a program and its arguments, such as `env -i`, which becomes the agent.
  AgentProgram(const std::string& server, const std::string& id, const std::string& settings = {},
               std::string path = kAgentProgram, Program::Arguments starter = {});

  // SIGKILL; an agent that has made control groups is told to end first, because it removes them.
  ~AgentProgram();
  AgentProgram(const AgentProgram&) = delete;
  AgentProgram& operator=(const AgentProgram&) = delete;

  Program& program() { return *program_; }
  const TempDir& dir() const { return dir_; }
  std::string conf() const { return dir_.file("agent.conf"); }
  // Sessions that it has had.
  std::size_t sessions() const { return program_->count("connected to "); }
  // Until it has had one. Throws with its output when it ends before, or does not get there.
  void wait_for_session() { program_->wait_for("connected to "); }

  // A new process with the same configuration, in place of the old one.
  void restart();

 private:
  const std::string path_;
  const Program::Arguments starter_;
  TempDir dir_;
  std::unique_ptr<Program> program_;
};

std::string read_file(const std::string& path);

// A starter that blocks all signals, and one that stands in a directory which it removes.
Program::Arguments with_signals_blocked();
Program::Arguments in_a_removed_directory();

// CHECKs that the program holds no more than this; not under a sanitizer, which holds on to what was freed.
void check_memory(const Program& program, std::size_t bytes);
void check_extra_memory(const ExtraMemory& memory, std::size_t bytes);

}  // namespace test

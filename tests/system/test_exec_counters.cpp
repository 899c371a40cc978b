// What exec-agent counts: its parts in a process of their own, which tells at its end.
#include <sys/wait.h>
#include <unistd.h>

#include <agent/main.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <optional>
#include <utility>

#include "agent/wire/exec.hpp"
#include "examples/exec-agent/commands.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace wire = agent::wire;

namespace {

int run_agent(std::string conf, const std::string& counts) {
  agent::Agent agent("exec-agent", "1.2.3");
  Uploads uploads;
  Commands commands(agent, uploads);
  agent.on_stop([&] { std::ofstream(counts) << agent.metrics().expose(); });
  std::string name = "exec-agent", option = "--conf";
  char* words[] = {name.data(), option.data(), conf.data(), nullptr};
  return agent::main(agent, 3, words);
}

class CountingAgent {
 public:
  CountingAgent() {
    const std::string conf =
        dir_.write("agent.conf", "basic.id = exec-1\nbasic.server = " + server_.address() +
                                     "\nbasic.log.target = stdout\n");
    pid_ = ::fork();
    if (pid_ == 0) ::_exit(run_agent(conf, dir_.file("counts")));
    session_.emplace(server_.connected());
  }
  ~CountingAgent() {
    if (pid_ > 0) stop(SIGKILL);
  }
  CountingAgent(const CountingAgent&) = delete;
  CountingAgent& operator=(const CountingAgent&) = delete;

  void run(const wire::Exec& exec) {
    session_->send(exec, "20260301-00001-" + std::to_string(++sent_));
    session_->receive_type(wire::ExecDone::message.type);
  }
  // Ends the agent.
  std::string counts() {
    stop(SIGTERM);
    return read_file(dir_.file("counts"));
  }

 private:
  void stop(int signal) {
    ::kill(pid_, signal);
    if (session_) session_->close();
    ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

  TempDir dir_;
  WireServer server_;
  pid_t pid_ = 0;
  std::optional<WirePeer> session_;
  int sent_ = 0;
};

}  // namespace

TEST_CASE("Passwords in a form that anybody can read are counted, those that nobody looks at are not",
          "[system]") {
  if (::geteuid() != 0) return;  // nobody asks root
  CountingAgent agent;
  wire::Exec exec;
  exec.cmd = "exit 0";
  for (const char* auth : {"", "sudo", "su"}) {
    for (const char* pass : {"$0$secret", "$1$b7Y+Yck5rdA9HIvNqN9iVw==", "secret", ""}) {
      exec.auth = auth;
      exec.user = "root";
      exec.pass = pass;
      agent.run(exec);
    }
  }
  const std::string counts = agent.counts();
  CHECK_THAT(counts, Catch::Contains("\nexec_insecure_passwords_total 4\n"));
  CHECK_THAT(counts, Catch::Contains("\nexec_started_total 12\n"));
}

// The audit log of a server that is killed while commands run.
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <exception>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/system/command_pair.hpp"

using namespace test;

namespace {

std::string audit(const CommandPair& pair) { return read_file(pair.server.dir().file("data/audit.log")); }

// How many lines each task has, of one action.
std::map<std::string, int> lines_by_task(const std::string& log, const std::string& action) {
  std::map<std::string, int> lines;
  std::istringstream in(log);
  for (std::string line; std::getline(in, line);) {
    if (json_at(line, "action") == action) ++lines[json_at(line, "task")];
  }
  return lines;
}

// Clients that run one command after the other until their server is gone, and remember each result that
// they got.
class Clients {
 public:
  explicit Clients(const CommandPair& pair) {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this, client = pair.client()]() mutable { run(client); });
  }
  std::size_t count() const { return delivered_; }
  std::vector<std::string> wait() {
    threads_.clear();
    return tasks_;
  }

 private:
  void run(CommandClient& client) {
    try {
      for (;;) {
        const std::string body = client.run("true", R"("pipes":true)").body;
        std::lock_guard lock(mutex_);
        tasks_.push_back(json_at(body, "payload.id"));
        ++delivered_;
      }
    } catch (const std::exception&) {  // the server is gone
    }
  }

  std::atomic<std::size_t> delivered_{0};
  std::mutex mutex_;
  std::vector<std::string> tasks_;
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("Each result that was delivered has its audit line, once, although the server is killed",
          "[system]") {
  CommandPair pair;
  std::vector<std::string> delivered;
  for (int round = 0; round < 4; ++round) {
    const std::string unfinished = pair.client().start("sleep 60");
    Clients clients(pair);
    wait_until("results", [&] { return clients.count() >= 100; });
    pair.server.kill();
    for (const std::string& task : clients.wait()) delivered.push_back(task);
    pair.server.start();
    const std::string log = audit(pair);  // before it listens, a server writes what is left
    CHECK(log.ends_with('\n'));
    const auto lines = lines_by_task(log, "exec");
    for (const std::string& task : delivered) {
      INFO(task);
      const auto found = lines.find(task);
      REQUIRE(found != lines.end());
      REQUIRE(found->second == 1);
    }
    CHECK(lines.at(unfinished) == 1);  // its beginning
    pair.server.wait_for_agent("exec-1");
    pair.client().kill(pair.client().task(unfinished, "pid"));
    pair.client().wait_for_state(unfinished, "done");
    wait_until("its end", [&] { return lines_by_task(audit(pair), "exec_end")[unfinished] == 1; });
  }
}

TEST_CASE("A command that is waited for has two audit lines once it has run for a second, or its server ends",
          "[system]") {
  CommandPair pair;
  CHECK(pair.client().run("sleep 1.5; exit 3").code == 3);
  wait_until("both lines", [&] {
    const std::string log = audit(pair);
    return lines_by_task(log, "exec").size() == 1 && lines_by_task(log, "exec_end").size() == 1;
  });
  std::jthread waits([client = pair.client()]() mutable {
    try {
      client.run("sleep 30");
    } catch (const std::exception&) {
    }
  });
  wait_until("the command", [&] { return pair.client().get("/tasks").find("running") != std::string::npos; });
  pair.server.restart(SIGTERM);
  const std::string log = audit(pair);
  CHECK(lines_by_task(log, "exec").size() == 2);
  CHECK(lines_by_task(log, "exec_end").size() == 1);
}

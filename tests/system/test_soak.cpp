// Many commands at once, every byte and every code looked at. Short in the suite; `make soak` runs it whole
// (LIBAGENT_SOAK=1).
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/command_client.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

constexpr std::size_t kParallel = 16;
constexpr std::size_t kLargest = 1024 * 1024;
// What the allocator has of 16 clients differs by as much as this from moment to moment.
constexpr std::size_t kNoise = kParallel * kLargest;
// What stays of a command when it is over: the server remembers those that were started without waiting.
constexpr std::size_t kRemembered = 1024;

bool is_whole() { return std::getenv("LIBAGENT_SOAK") != nullptr; }

// Output waits while sessions are cut: on a busy machine for longer than the minute that a command has.
const std::string kPatientCommand = R"("timeout":600)";
// What a session carries at most before it is cut: more than all commands have under way at a time, or else
// none would get on.
constexpr std::size_t kMostOfSession = 2 * kParallel * 256 * 1024;
constexpr std::chrono::minutes kWholeRun{30};

// By how much memory may grow in so many commands: a short run shows large leaks only, a whole one small
// ones.
std::size_t growth_limit(std::size_t commands) { return is_whole() ? commands * kRemembered : kNoise; }

// Processes whose parent is `pid`.
std::size_t children_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::size_t count = 0;
  for (std::string child; file >> child;) ++count;
  return count;
}

enum class Fate { ends, is_killed, times_out };

struct Job {
  Fate fate = Fate::ends;
  std::size_t offset = 0;
  std::size_t size = 0;
  int code = 0;
};

Job make_job(std::size_t number) {
  std::mt19937 random(static_cast<unsigned>(number));
  Job job;
  const unsigned kind = random() % 50;
  job.fate = kind == 0 ? Fate::times_out : kind < 4 ? Fate::is_killed : Fate::ends;
  job.size = random() % 3 == 0 ? random() % kLargest : random() % 2000;
  job.offset = random() % (kLargest + 1);
  job.code = static_cast<int>(random() % 256);
  return job;
}

// Every worker takes the next number until there are no more. Faults are counted, the first one is kept.
class Workers {
 public:
  void run(std::size_t begin, std::size_t end, const std::function<std::string(std::size_t)>& work) {
    std::atomic<std::size_t> next{begin};
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kParallel; ++i) {
      threads.emplace_back([&] {
        for (std::size_t job = next++; job < end; job = next++) note(attempt(work, job));
      });
    }
    threads.clear();  // before what they use
  }
  std::size_t faults() const { return faults_; }
  const std::string& first() const { return first_; }

 private:
  static std::string attempt(const std::function<std::string(std::size_t)>& work, std::size_t job) {
    try {
      return work(job);
    } catch (const std::exception& error) {
      return error.what();
    }
  }
  void note(const std::string& fault) {
    if (!fault.empty() && faults_++ == 0) first_ = fault;
  }
  std::atomic<std::size_t> faults_{0};
  std::string first_;
};

std::string check(const Job& job, const CommandResult& result, const RandomBytes& random) {
  if (result.code != job.code) {
    return "code " + std::to_string(result.code) + ", not " + std::to_string(job.code) + ": " +
           result.body.substr(0, 300) + result.output.substr(0, 300);
  }
  return result.output == random.part(job.offset, job.size) ? "" : "output differs";
}

std::string run_job(const Job& job, CommandClient& client, const RandomBytes& random) {
  if (job.fate == Fate::times_out) {
    return client.run("sleep 100", R"("timeout":1)").code == -1 ? "" : "a time-out was not one";
  }
  if (job.fate == Fate::is_killed) {
    const std::string id = client.start("sleep 100");
    client.kill(client.task(id, "pid"));
    client.wait_for_state(id, "done");
    return client.task(id, "code") == "-1" ? "" : "killed, but code " + client.task(id, "code");
  }
  return check(job, client.run(random.command(job.offset, job.size, job.code)), random);
}

// The server may be away just now.
void insist(const std::string& what, const std::function<bool()>& step) {
  wait_until(
      what,
      [&] {
        try {
          return step();
        } catch (const TimedOut&) {
          throw;
        } catch (const std::exception&) {
          return false;
        }
      },
      std::chrono::minutes(2));
}

// Each attempt to start it leaves a mark of its own, because one whose reply was lost runs as well.
std::string run_through_faults(const Job& job, const ServerProgram& server, const RandomBytes& random,
                               const std::string& name) {
  std::string id;
  std::string mark;
  int attempts = 0;
  insist("the start", [&] {
    mark = name + "-" + std::to_string(++attempts);
    const std::string line = "echo run >> " + mark + "; " + random.command(job.offset, job.size, job.code);
    id = CommandClient(server, "exec-1").start(line, kPatientCommand);
    return true;
  });
  std::string state;
  insist("the end", [&] {
    state = CommandClient(server, "exec-1").task(id, "state");
    return state == "done" || state == "failed" || state == "lost";
  });
  CommandResult result;
  insist("the output", [&] {
    CommandClient client(server, "exec-1");
    result.body = state + " " + client.task(id, "reason") + client.task(id, "ended_by");
    result.code = std::stoll(client.task(id, "code"));
    result.output = client.output(id);
    return true;
  });
  if (state != "done") return "state " + result.body;
  if (read_file(mark) != "run\n") return "did not run once: " + read_file(mark);
  return check(job, result, random);
}

}  // namespace

TEST_CASE("Commands at random: every byte and every code is right and nothing is left", "[system][soak]") {
  const std::size_t jobs = is_whole() ? 10'000 : 160;
  ServerProgram server;
  AgentProgram agent(server.address(), "exec-1", "", kExecAgentProgram);
  server.wait_for_agent("exec-1");
  const RandomBytes random(2 * kLargest);
  CommandClient(server, "exec-1").run("true");
  const std::size_t descriptors = agent.program().descriptors();
  const std::size_t server_descriptors = server.program().descriptors();

  Workers workers;
  auto work = [&](std::size_t number) {
    CommandClient client(server, "exec-1");
    return run_job(make_job(number), client, random);
  };
  workers.run(0, jobs / 2, work);
  const std::size_t agent_memory = agent.program().resident_bytes();
  const std::size_t server_memory = server.program().resident_bytes();
  workers.run(jobs / 2, jobs, work);
  INFO(workers.first());
  CHECK(workers.faults() == 0);
  wait_until("no process is left", [&] { return children_of(agent.program().pid()) == 0; });
  wait_until("no descriptor is left", [&] { return agent.program().descriptors() <= descriptors; });
  wait_until("no descriptor of the server is left",
             [&] { return server.program().descriptors() <= server_descriptors; });
  for (const std::string state : {"starting", "running", "away"})
    CHECK(server.metric("agent_server_tasks{state=\"" + state + "\"}") == 0.0);
  INFO("in half the time: agent " << agent_memory << ", server " << server_memory << " bytes");
  check_memory(agent.program(), agent_memory + growth_limit(jobs / 2));
  check_memory(server.program(), server_memory + growth_limit(jobs / 2));
}

TEST_CASE("Commands through cuts and restarts: each result exactly once", "[system][soak]") {
  const std::size_t jobs = is_whole() ? 1'000 : 80;
  ServerProgram server;
  FaultProxy proxy(server.port());
  AgentProgram agent(proxy.address(), "exec-1", "", kExecAgentProgram);
  server.wait_for_agent("exec-1");
  const RandomBytes random(2 * kLargest);
  TempDir runs;  // each command leaves a line of its own: twice is seen

  // Counted in bytes and connections: on a slow machine each connection carries as much as on a fast one.
  proxy.set_plans([dice = std::mt19937(1)]() mutable {
    const std::size_t most = dice() % 2 == 0 ? kMostOfSession : kMostOfSession / 32;
    return FaultPlan{.cut_up = dice() % most, .reset = true};
  });
  proxy.reset();
  std::atomic<bool> over{false};
  std::atomic<int> restarts{0};
  std::jthread saboteur([&] {
    for (const int signal : {SIGTERM, SIGKILL}) {
      const std::size_t enough = proxy.accepted() + 4;
      wait_until(
          "more sessions", [&] { return over || proxy.accepted() >= enough; }, kWholeRun);
      if (over) return;
      server.restart(signal);
      ++restarts;
    }
    // A program ends with the thread that began it.
    wait_until(
        "the end", [&] { return over.load(); }, kWholeRun);
  });
  Workers workers;
  std::size_t begun = 0;
  auto run_more = [&](std::size_t count) {
    workers.run(begun, begun + count, [&](std::size_t number) {
      return run_through_faults(make_job(number), server, random, runs.file(std::to_string(number)));
    });
    begun += count;
  };
  run_more(jobs);
  while (restarts < 2 && workers.faults() == 0 && begun < 50 * jobs) run_more(kParallel);
  over = true;
  saboteur.join();
  INFO(workers.first());
  CHECK(workers.faults() == 0);
  CHECK(restarts == 2);  // both while commands were running
}

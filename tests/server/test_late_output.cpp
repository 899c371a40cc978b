// Originals may send the end of a command ahead of its last output. 300 `echo` of theirs were watched:
// 190 came in order, 59 after the end (in the median 0.27 ms, at most 8.35 ms later), and the output of 51
// was never sent.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <thread>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using std::chrono::microseconds;
using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kInOrder = 190;
constexpr std::size_t kLate = 59;
constexpr std::size_t kWatched = 300;

// How much later than the end the output of the i-th late command comes: spread so that the median and the
// largest are those that were seen.
microseconds gap_of(std::size_t i) {
  const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(kLate);
  return microseconds(static_cast<long>(270 * std::pow(share / (1 - share), 0.72)));
}

// LateAgent: an original whose late outputs come as they were seen, and that knows how late each really was.
class LateAgent {
 public:
  explicit LateAgent(std::uint16_t port)
      : agent_(port, original(), [this](const ExecCall& call, FakeExecAgent& self) { run(call, self); }) {}

  // How much later than the end the output was sent; nothing for the others.
  std::optional<microseconds> lateness(std::size_t number) const {
    std::lock_guard lock(mutex_);
    return lateness_.at(number);
  }

 private:
  static FakeExecAgent::Options original() {
    FakeExecAgent::Options options;
    options.acknowledges = false;
    return options;
  }

  void run(const ExecCall& call, FakeExecAgent& self) {
    const std::size_t number = std::stoul(call.exec.cmd);
    self.started(call.tid);
    if (number < kInOrder) self.output(call.tid, "out", 0);
    const Clock::time_point end = Clock::now();
    self.done(call.tid, 0, 0);
    if (number < kInOrder || number >= kInOrder + kLate) return;
    self.after(gap_of(number - kInOrder), [this, &self, number, end, tid = call.tid] {
      self.output(tid, "out", 0);
      std::lock_guard lock(mutex_);
      lateness_[number] = std::chrono::duration_cast<microseconds>(Clock::now() - end);
    });
  }

  mutable std::mutex mutex_;
  std::array<std::optional<microseconds>, kWatched> lateness_;
  FakeExecAgent agent_;
};

bool has_output(ApiServer& server, std::size_t number) {
  const std::string body = run_command(server, R"({"cmd":")" + std::to_string(number) + "\"}");
  return json_at(body, "payload.result.data") == "b3V0";
}

struct Counts {
  std::size_t in_order = 0;  // that arrived
  std::size_t late = 0;
  std::size_t as_seen = 0;  // late ones that were sent no later than the latest that was seen,
  std::size_t arrived = 0;  // and of these arrived
};

Counts watch(microseconds grace) {
  server::CommandTableOptions options;
  options.tail_grace = grace;
  ApiServer server(100, test::shards(), options);
  std::array<bool, kWatched> found{};
  Counts counts;
  LateAgent agent(server.port);
  constexpr std::size_t kClients = 4;
  {
    std::vector<std::jthread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        for (std::size_t i = client; i < kWatched; i += kClients)
          found[i] = has_output(server, i * 7 % kWatched);
      });
    }
  }
  for (std::size_t i = 0; i < kWatched; ++i) {
    const std::size_t number = i * 7 % kWatched;
    if (number < kInOrder) counts.in_order += found[i];
    if (number < kInOrder || number >= kInOrder + kLate) continue;
    counts.late += found[i];
    if (agent.lateness(number).value_or(microseconds::max()) > gap_of(kLate - 1)) continue;
    ++counts.as_seen;
    counts.arrived += found[i];
  }
  return counts;
}

}  // namespace

// Without a grace two thirds of the 59 and more are lost.
TEST_CASE("The output that originals send after the end arrives", "[server]") {
  CHECK(server::kTailGrace <= std::chrono::milliseconds(20));  // each of their commands waits for it
  const Counts counts = watch(server::kTailGrace);
  CAPTURE(counts.late, counts.as_seen, counts.arrived);
  CHECK(counts.in_order == kInOrder);
  CHECK(counts.arrived * 10 >= counts.as_seen * 9);  // a busy machine may hold one up on its way
}

TEST_CASE("What each length of the grace loses", "[.measure]") {
  for (const int tenths : {0, 10, 20, 50, 80, 100, 120, 150, 200, 300, 500}) {
    const Clock::time_point begin = Clock::now();
    const Counts counts = watch(microseconds(tenths * 100));
    const auto took = std::chrono::duration<double, std::milli>(Clock::now() - begin).count() * 4 / kWatched;
    std::printf("grace %4.1f ms: %2zu of %zu late outputs lost, %.1f ms per command\n", tenths / 10.0,
                kLate - counts.late, kLate, took);
  }
}

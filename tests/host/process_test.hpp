// What the tests of processes share: a loop with a reaper on it, and commands that are run to their end.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "agent/process.hpp"
#include "host/process_table.hpp"

namespace test {

using Clock = std::chrono::steady_clock;
// A test that takes so long hangs: a thousand commands take 3 s, and took 50 on a busy machine.
inline constexpr std::chrono::seconds kLimit{150};

inline void start(agent::ChildReaper& reaper, asio::io_context& io,
                  std::shared_ptr<agent::Limits> limits = nullptr) {
  asio::co_spawn(io, reaper.start(std::move(limits)), asio::detached);
  io.poll();
}

// Runs the Task that `make(&reaper)` returns until it is done; throws what it throws. A test that hangs
// fails.
template <class Make>
void with_reaper(Make make, std::shared_ptr<agent::Limits> limits = nullptr) {
  asio::io_context io;
  agent::ChildReaper reaper;
  start(reaper, io, std::move(limits));
  bool done = false;
  std::exception_ptr failure;
  asio::co_spawn(io, make(&reaper), [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
    io.stop();
  });
  io.run_for(kLimit);
  if (failure) std::rethrow_exception(failure);
  REQUIRE(done);
}

struct Outcome {
  std::string output;
  agent::ExitStatus status;
  std::chrono::duration<double> took{};
  agent::CommandEnd end;
  std::optional<agent::CommandUsage> usage;
};

inline agent::Task<> read_to_end(agent::Process* process, std::string* output) {
  for (;;) {
    std::string piece = co_await process->read();
    if (piece.empty()) co_return;
    CHECK(piece.size() <= agent::kMaxOutputPiece + 3);
    *output += piece;
  }
}

// Reads until the text is there, or the output is over.
inline agent::Task<> read_until(agent::Process* process, std::string* output, std::string text) {
  while (output->find(text) == std::string::npos) {
    std::string piece = co_await process->read();
    if (piece.empty()) co_return;
    *output += piece;
  }
}

inline agent::Task<> run_to_end(agent::ChildReaper* reaper, agent::ProcessOptions options, Outcome* outcome) {
  const Clock::time_point begin = Clock::now();
  std::unique_ptr<agent::Process> process = co_await agent::Process::start(*reaper, std::move(options));
  co_await read_to_end(process.get(), &outcome->output);
  outcome->status = co_await process->wait();
  outcome->took = Clock::now() - begin;
  outcome->end = process->end();
  outcome->usage = process->usage();
}

inline Outcome run(agent::ProcessOptions options) {
  Outcome outcome;
  with_reaper([&](agent::ChildReaper* reaper) { return run_to_end(reaper, std::move(options), &outcome); });
  return outcome;
}

inline agent::ProcessOptions shell(std::string line) {
  agent::ProcessOptions options;
  options.shell_line = std::move(line);
  options.terminal = false;
  return options;
}

inline agent::ProcessOptions on_terminal(std::string line) {
  agent::ProcessOptions options = shell(std::move(line));
  options.terminal = true;
  return options;
}

// "" when it starts after all.
inline std::string start_failure(agent::ProcessOptions options) {
  try {
    run(std::move(options));
  } catch (const agent::Error& error) {
    return error.what();
  }
  return "";
}

inline bool is_alive(int pid) {
  const auto table = agent::host::read_process_table();
  return std::any_of(table.begin(), table.end(),
                     [pid](const auto& entry) { return entry.pid == pid && !entry.ended; });
}

// Ended ones that nobody collected count, too.
inline std::size_t count_children() {
  const auto table = agent::host::read_process_table();
  return std::count_if(table.begin(), table.end(),
                       [](const auto& entry) { return entry.parent == ::getpid(); });
}

// Ends one that was left alone, and takes it out of the table if it is ours.
inline void end_left_over(int pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);  // fails when another process has adopted it
}

inline std::size_t count_descriptors() {
  const std::filesystem::directory_iterator begin("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

// Lets the loop run until there is no child any more; the caller's limit is the test's.
inline agent::Task<> wait_for_no_children() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (count_children() > 0) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace test

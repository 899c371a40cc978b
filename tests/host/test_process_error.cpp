// Standard error apart from standard output.
#include "tests/host/process_test.hpp"

using namespace agent;
using namespace test;

namespace {

struct Both {
  std::string output;
  std::string error;
  ExitStatus status;
};

ProcessOptions apart(std::string line) {
  ProcessOptions options = shell(std::move(line));
  options.error_apart = true;
  return options;
}

Task<> read_both(ChildReaper* reaper, ProcessOptions options, Both* both) {
  Process process(*reaper, std::move(options));
  for (;;) {
    OutputPiece piece = co_await process.read_piece();
    if (piece.text.empty()) break;
    (piece.is_error ? both->error : both->output) += piece.text;
  }
  both->status = co_await process.wait();
}

Both run_apart(ProcessOptions options) {
  Both both;
  with_reaper([&](ChildReaper* reaper) { return read_both(reaper, std::move(options), &both); });
  return both;
}

// Alternates between both streams, 50,000 lines each: more than pipes hold, so that it waits for both to be
// read.
const std::string kInterleaved =
    "exec awk 'BEGIN { for (i = 0; i < 50000; ++i) { print \"out\", i; print \"err\", i > \"/dev/stderr\" } }'";

std::string numbered(const std::string& word) {
  std::string lines;
  for (int i = 0; i < 50'000; ++i) lines += word + " " + std::to_string(i) + "\n";
  return lines;
}

Task<> read_errors(Process* process, std::string* error, bool* done) {
  for (;;) {
    std::string piece = co_await process->read_error();
    if (piece.empty()) break;
    *error += piece;
  }
  *done = true;
}

Task<> read_each(ChildReaper* reaper, ProcessOptions options, Both* both) {
  auto executor = co_await asio::this_coro::executor;
  Process process(*reaper, std::move(options));
  bool done = false;
  asio::co_spawn(executor, read_errors(&process, &both->error, &done), asio::detached);
  co_await read_to_end(&process, &both->output);
  asio::steady_timer timer(executor);
  while (!done) {
    timer.expires_after(std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<> hear_both(ChildReaper* reaper, std::string noise) {
  Process process(*reaper, apart(std::move(noise)));
  int outputs = 0, errors = 0;
  while (outputs < 100 || errors < 100) {
    OutputPiece piece = co_await process.read_piece();
    ++(piece.is_error ? errors : outputs);
  }
  process.kill_tree();
}

}  // namespace

TEST_CASE("Standard error is joined to the output unless it is asked for apart", "[host]") {
  const std::string line = "echo one; echo two >&2; echo three";
  CHECK(run(shell(line)).output == "one\ntwo\nthree\n");
  const Both joined = run_apart(shell(line));
  CHECK(joined.output == "one\ntwo\nthree\n");
  CHECK(joined.error.empty());
  const Both both = run_apart(apart(line + "; exit 3"));
  CHECK(both.output == "one\nthree\n");
  CHECK(both.error == "two\n");
  CHECK(both.status.code == 3);
}

TEST_CASE("Large outputs on both streams arrive whole, by pieces of either", "[host]") {
  const Both both = run_apart(apart(kInterleaved));
  CHECK((both.output == numbered("out")));
  CHECK((both.error == numbered("err")));
}

TEST_CASE("Large outputs on both streams arrive whole, by a coroutine for each", "[host]") {
  Both both;
  with_reaper([&](ChildReaper* reaper) { return read_each(reaper, apart(kInterleaved), &both); });
  CHECK((both.output == numbered("out")));
  CHECK((both.error == numbered("err")));
}

TEST_CASE("A stream that never pauses does not keep the other one back", "[host]") {
  const std::string noise = GENERATE(as<std::string>(), "yes & yes no >&2", "yes >&2 & yes no");
  with_reaper([&](ChildReaper* reaper) { return hear_both(reaper, noise); });
}

TEST_CASE("One stream may end long before the other", "[host]") {
  CHECK(run_apart(apart("exec >&-; echo late >&2")).error == "late\n");
  CHECK(run_apart(apart("exec 2>&-; echo late")).output == "late\n");
  CHECK(run_apart(apart("exec >&- 2>&-; exit 4")).status.code == 4);
}

TEST_CASE("Characters are completed in each stream by itself", "[host]") {
  // Two halves of a two-byte character on each stream, in turns.
  const Both both =
      run_apart(apart("printf '\\303'; printf '\\303' >&2; printf '\\244'; printf '\\266' >&2"));
  CHECK(both.output == "\xC3\xA4");
  CHECK(both.error == "\xC3\xB6");
  const Both torn = run_apart(apart("printf 'a\\303'; printf 'b\\303' >&2"));
  CHECK(torn.output == "a\xC3");
  CHECK(torn.error == "b\xC3");
  ProcessOptions options = apart("printf '\\326'; printf '\\326' >&2; printf '\\320'; printf '\\320' >&2");
  options.charset = "GBK";
  const Both converted = run_apart(options);
  CHECK(converted.output == "中");
  CHECK(converted.error == "中");
}

TEST_CASE("What is left of a command holds neither stream open for long", "[host]") {
  const Both both = run_apart(apart("sleep 300 & echo $! ; echo error >&2"));
  CHECK(both.error == "error\n");
  end_left_over(std::stoi(both.output));
}

TEST_CASE("A terminal is one stream, which is said before anything starts", "[host]") {
  ProcessOptions options = apart("echo hello");
  options.terminal = true;
  CHECK(start_failure(options) == "error_apart: a terminal is one stream for output and errors");
  options.error_apart = false;
  CHECK(run_apart(options).output == "hello\r\n");
}

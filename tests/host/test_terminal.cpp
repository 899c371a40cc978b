// Processes on a terminal.
#include <sstream>

#include "tests/host/process_test.hpp"

using namespace agent;
using namespace test;

namespace {

std::string numbers_to(int last) {
  std::ostringstream text;
  for (int number = 1; number <= last; ++number) text << number << "\r\n";
  return text.str();
}

Task<> talk(ChildReaper* reaper, std::string* output) {
  Process process(*reaper, on_terminal("read line; echo \"got $line\"; cat; echo over"));
  co_await process.write("hello\n");
  co_await read_until(&process, output, "got hello");
  co_await process.write("more\n");
  process.close_input();
  co_await read_to_end(&process, output);
}

Task<> end_within_a_line(ChildReaper* reaper, std::string* output) {
  Process process(*reaper, on_terminal("cat; echo one; cat; echo two"));
  co_await process.write("half a line");
  process.close_input();
  co_await read_to_end(&process, output);
}

Task<> resize(ChildReaper* reaper, std::string* output) {
  Process process(*reaper,
                  on_terminal("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done"));
  co_await read_until(&process, output, "ready");
  TerminalSize size{.columns = 132, .rows = 50};
  process.resize(size);
  co_await read_to_end(&process, output);
}

// The input is closed when the terminal certainly is raw.
Task<> close_raw(ChildReaper* reaper, std::string* output) {
  Process process(*reaper,
                  on_terminal("stty raw; echo ready; timeout 0.5 cat | tr -d '\\0' | od -c; stty cooked"));
  const std::string ready = "ready\n";
  co_await read_until(&process, output, ready);
  output->clear();
  process.close_input();
  co_await read_to_end(&process, output);
}

Outcome without_input(ProcessOptions options) {
  options.input_closed = true;
  return run(std::move(options));
}

}  // namespace

TEST_CASE(
    "A terminal has 80 columns and 24 rows, a process group of its own, and ends lines with two characters",
    "[host]") {
  const std::string output =
      run(on_terminal("stty size; tty; ps -o pgid= -p $$ | tr -d ' '; echo $$; test -t 2 && echo err"))
          .output;
  CHECK_THAT(output, Catch::Matches("24 80\r\n/dev/pts/\\d+\r\n(\\d+)\r\n\\1\r\nerr\r\n"));
}

TEST_CASE("The size of a terminal can be chosen", "[host]") {
  ProcessOptions options = on_terminal("stty size");
  options.size = {.columns = 100, .rows = 40};
  CHECK(run(options).output == "40 100\r\n");
}

TEST_CASE("A terminal that changes its size tells the programs on it", "[host]") {
  std::string output;
  with_reaper([&](ChildReaper* reaper) { return resize(reaper, &output); });
  CHECK(output == "ready\r\n50 132\r\n");
}

TEST_CASE("The output of a terminal is complete and in order", "[host]") {
  const Outcome outcome = run(on_terminal("seq 1 200000"));
  CHECK((outcome.output == numbers_to(200000)));
  CHECK(outcome.status.code == 0);
}

TEST_CASE("The last words on a terminal are never lost", "[host]") {
  for (int i = 0; i < 50; ++i)
    CHECK(run(on_terminal("seq 1 500; printf end")).output == numbers_to(500) + "end");
}

TEST_CASE("What is typed is shown and read, up to the end-of-file key", "[host]") {
  std::string output;
  with_reaper([&](ChildReaper* reaper) { return talk(reaper, &output); });
  CHECK(output == "hello\r\ngot hello\r\nmore\r\nmore\r\nover\r\n");
}

TEST_CASE("A command that closes its terminal and lives on is waited for", "[host]") {
  const Outcome outcome = run(on_terminal("echo before; exec </dev/null >/dev/null 2>&1; sleep 0.3; exit 3"));
  CHECK(outcome.output == "before\r\n");
  CHECK(outcome.status.code == 3);
  CHECK(outcome.took >= std::chrono::milliseconds(300));
}

TEST_CASE("A command that closes its terminal and opens it again is still read", "[host]") {
  const Outcome outcome = run(on_terminal(
      "t=$(tty); exec </dev/null >/dev/null 2>&1; sleep 0.2; echo after >/dev/tty; echo more >$t"));
  CHECK(outcome.output == "after\r\nmore\r\n");
}

TEST_CASE("A command that closes its pipe and lives on is waited for", "[host]") {
  const Outcome outcome = run(shell("echo before; exec >/dev/null 2>&1; sleep 0.3; exit 3"));
  CHECK(outcome.output == "before\n");
  CHECK(outcome.status.code == 3);
}

TEST_CASE("A command that never reads its terminal does not hang", "[host]") {
  const Outcome outcome = run(on_terminal("sleep 0.1; echo done"));
  CHECK(outcome.output == "done\r\n");
  CHECK(outcome.took < std::chrono::seconds(10));
}

TEST_CASE("Everyone who reads finds the end of the input, however many read and however late", "[host]") {
  const bool terminal = GENERATE(true, false);
  ProcessOptions options = shell("cat; cat; sh -c cat; sleep 0.2; cat; read line || echo over");
  options.terminal = terminal;
  const Outcome outcome = without_input(options);
  CHECK(outcome.output == (terminal ? "over\r\n" : "over\n"));
  CHECK(outcome.status.code == 0);
  CHECK(outcome.took < std::chrono::seconds(10));
}

TEST_CASE("What was written before the end of the input is read first, a line without its end, too",
          "[host]") {
  std::string output;
  with_reaper([&](ChildReaper* reaper) { return end_within_a_line(reaper, &output); });
  CHECK(output == "half a linehalf a lineone\r\ntwo\r\n");
}

TEST_CASE("The end of the input is there again after it was thrown away, and after raw mode", "[host]") {
  const std::string line =
      GENERATE("stty raw -echo; sleep 0.1; stty cooked echo; cat >/dev/null; cat; echo over",
               "stty eof ^X; cat; cat; stty eof ^D; cat; cat; echo over",
               "python3 -c 'import sys, termios; termios.tcflush(0, termios.TCIFLUSH); "
               "sys.stdin.read()'; cat; echo over");
  CAPTURE(line);
  const Outcome outcome = without_input(on_terminal(line));
  // A program that changes the key at the very moment when it is typed gets it as a character, which the
  // terminal shows as ^X and the program repeats.
  CHECK_THAT(outcome.output, Catch::Matches("(\\^[XD]|\x04|\x18){0,6}over\r\n"));
  CHECK(outcome.took < std::chrono::seconds(20));
}

TEST_CASE("A program in raw mode is not told of an end that it did not ask for", "[host]") {
  std::string output;
  with_reaper([&](ChildReaper* reaper) { return close_raw(reaper, &output); });
  CHECK(output.find("004") == std::string::npos);
  CHECK_THAT(output, Catch::StartsWith("0000000"));
}

TEST_CASE("A command that reads on after the end of its input gets some more, not all of a processor",
          "[host]") {
  // Counted, not timed: on a busy machine two seconds may be enough for a few.
  const Outcome more =
      without_input(on_terminal("n=0; while [ $n -le 10 ]; do read x || n=$((n+1)); done; echo $n"));
  CHECK(std::stoi(more.output) > 10);
  const Outcome outcome = without_input(on_terminal(
      "n=0; end=$(($(date +%s)+1)); while [ $(date +%s) -le $end ]; do read x || n=$((n+1)); done; echo $n"));
  CHECK(std::stoi(outcome.output) < 600);
}

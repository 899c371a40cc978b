#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <random>

#include "tests/host/process_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace test;

namespace {

// Ignored until the end of the test, by asking the kernel itself.
class IgnoredSignal {
 public:
  explicit IgnoredSignal(int signal) : signal_(signal) { set(ignore_, before_.data()); }
  ~IgnoredSignal() { set(before_, nullptr); }

 private:
  using Action = std::array<unsigned long, 4>;
  void set(const Action& action, unsigned long* before) {
    ::syscall(SYS_rt_sigaction, signal_, action.data(), before, sizeof(std::uint64_t));
  }
  const int signal_;
  const Action ignore_{reinterpret_cast<unsigned long>(SIG_IGN)};
  Action before_{};
};

}  // namespace

TEST_CASE("A command's output is read to its end and its exit code is kept", "[host]") {
  const Outcome outcome = run(shell("echo one; echo two >&2; exit 7"));
  CHECK(outcome.output == "one\ntwo\n");
  CHECK(outcome.status.code == 7);
  CHECK(outcome.status.signal == 0);
  CHECK_FALSE(outcome.status.timed_out);
  CHECK_FALSE(outcome.status.killed);
}

TEST_CASE("A command without output just ends", "[host]") {
  const bool terminal = GENERATE(false, true);
  ProcessOptions options = shell("true");
  options.terminal = terminal;
  // Without a wait for what may be left over. On a busy machine a start alone may take as long: it has many
  // attempts.
  std::chrono::duration<double> shortest = std::chrono::hours(1);
  for (int attempt = 0; attempt < 20 && shortest >= kLeftOverLimit; ++attempt) {
    const Outcome outcome = run(options);
    CHECK(outcome.output.empty());
    CHECK(outcome.status.code == 0);
    shortest = std::min(shortest, outcome.took);
  }
  CHECK(shortest < kLeftOverLimit);
}

TEST_CASE("A shell line is joined as originals do, and the shell splits it again", "[host]") {
  CHECK(join_shell_line("df", {}) == "df ");
  CHECK(join_shell_line("df", {"-h", "/"}) == "df -h /");
  CHECK(join_shell_line("echo", {"a b", ""}) == "echo a b ");
  CHECK(run(shell(join_shell_line("printf '[%s]'", {"a b"}))).output == "[a][b]");
}

TEST_CASE("An argument vector reaches the program untouched by any shell", "[host]") {
  ProcessOptions options;
  options.argv = {"printf", "[%s]", "a b", "*", "$HOME", "", "it's"};
  options.terminal = false;
  CHECK(run(options).output == "[a b][*][$HOME][][it's]");
}

TEST_CASE("Entries are added to the environment and the last one of a name counts", "[host]") {
  ::setenv("PROCESS_TEST_KEPT", "kept", 1);
  ProcessOptions options = shell("echo $PROCESS_TEST_KEPT $A $B; env | grep -c '^A='");
  options.env = {"A=1", "B=x=y", "A=2"};
  CHECK(run(options).output == "kept 2 x=y\n1\n");
}

TEST_CASE("A program is looked up in the PATH that it will have", "[host]") {
  const TempDir dir;
  dir.write("its-name", "#!/bin/sh\necho found\n");
  std::filesystem::permissions(dir.file("its-name"), std::filesystem::perms::owner_all);
  ProcessOptions options;
  options.terminal = false;
  options.argv = {"its-name"};
  options.env = {"PATH=/nowhere:" + dir.path()};
  CHECK(run(options).output == "found\n");
}

TEST_CASE("A command runs in the directory that it was given", "[host]") {
  const TempDir dir;
  ProcessOptions options = shell("pwd");
  options.workdir = dir.path();
  CHECK(run(options).output == dir.path() + "\n");
}

TEST_CASE("What keeps a command from starting is told with the system's text", "[host]") {
  ProcessOptions options = shell("true");
  SECTION("a directory that does not exist") {
    options.workdir = "/no/such";
    CHECK(start_failure(options) == "chdir /no/such: No such file or directory");
  }
  SECTION("a program that does not exist") {
    options.argv = {"no-such-program", "x"};
    CHECK(start_failure(options) == "exec no-such-program: No such file or directory");
  }
  SECTION("a program that may not be run") {
    options.argv = {"/etc/passwd"};
    CHECK(start_failure(options) == "exec /etc/passwd: Permission denied");
  }
  SECTION("a directory as program") {
    options.argv = {"/etc"};
    CHECK(start_failure(options) == "exec /etc: Permission denied");
  }
  SECTION("more arguments than the system takes") {
    options.shell_line = std::string(10'000'000, 'x');
    CHECK(start_failure(options) == "exec sh: Argument list too long");
  }
  SECTION("many arguments that are too long together") {
    options.argv.assign(1000, std::string(10'000, 'x'));
    options.argv[0] = "echo";
    CHECK(start_failure(options) == "exec echo: Argument list too long");
  }
}

TEST_CASE("A command that does not start leaves neither a process nor a descriptor", "[host]") {
  const std::size_t descriptors = count_descriptors();
  ProcessOptions options;
  options.argv = {"no-such-program"};
  options.terminal = GENERATE(false, true);
  options.input = true;
  CHECK_FALSE(start_failure(options).empty());
  CHECK(count_children() == 0);
  CHECK(count_descriptors() == descriptors);
}

TEST_CASE("A NUL in any text is an error that says where", "[host]") {
  const std::string nul("a\0b", 3);
  ProcessOptions options = shell("true");
  SECTION("command") {
    options.shell_line = nul;
    CHECK(start_failure(options) == "command: contains a NUL");
  }
  SECTION("argument") {
    options.argv = {"echo", nul};
    CHECK(start_failure(options) == "argument: contains a NUL");
  }
  SECTION("environment") {
    options.env = {nul};
    CHECK(start_failure(options) == "environment: contains a NUL");
  }
  SECTION("directory") {
    options.workdir = nul;
    CHECK(start_failure(options) == "workdir: contains a NUL");
  }
}

TEST_CASE("An unknown character set is told before anything starts", "[host]") {
  ProcessOptions options = shell("true");
  options.charset = "EBCDIC-9";
  CHECK_THAT(start_failure(options), Catch::Contains("EBCDIC-9"));
}

TEST_CASE("A program with a file that is no program gives the system's reason", "[host]") {
  const TempDir dir;
  dir.write("text", "no program");
  std::filesystem::permissions(dir.file("text"), std::filesystem::perms::owner_all);
  ProcessOptions options;
  options.argv = {dir.file("text")};
  CHECK(start_failure(options) == "exec " + dir.file("text") + ": Exec format error");
}

TEST_CASE("The end by a signal is code -1 with the signal", "[host]") {
  const Outcome outcome = run(shell("echo bye; kill -TERM $$"));
  CHECK(outcome.output == "bye\n");
  CHECK(outcome.status.code == -1);
  CHECK(outcome.status.signal == SIGTERM);
  CHECK_FALSE(outcome.status.killed);
}

TEST_CASE("A child inherits no descriptor, no ignored signal, no blocked signal", "[host]") {
  // 33 is a signal of the C library's own: only the kernel takes it from us, as from a parent without that C
  // library.
  const IgnoredSignal theirs(33);
  std::ifstream inherited_if_we_are_careless("/etc/passwd");
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ProcessOptions options;
  options.terminal = GENERATE(false, true);
  options.argv = {"sh", "-c", "ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status"};
  const std::string output = run(options).output;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  // 3 is the directory that ls reads.
  CHECK_THAT(output, Catch::Matches("0\\s+1\\s+2\\s+3\\s+SigBlk:\\s+0+\\s+SigIgn:\\s+0+\\s+"));
}

TEST_CASE("The end of a command is heard of although SIGCHLD was blocked", "[host]") {
  sigset_t child, before;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &child, &before);
  ProcessOptions options = shell("exit 3");
  options.timeout = std::chrono::seconds(20);
  const Outcome outcome = run(options);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(outcome.status.code == 3);
  CHECK_FALSE(outcome.status.timed_out);
}

TEST_CASE("A command of a program whose directory was removed runs in /", "[host]") {
  const std::filesystem::path before = std::filesystem::current_path();
  {
    const TempDir dir;
    std::filesystem::create_directory(dir.file("gone"));
    std::filesystem::current_path(dir.file("gone"));
    std::filesystem::remove(dir.file("gone"));
  }
  const Outcome outcome = run(shell("pwd"));
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(before);
  CHECK(outcome.output == "/\n");
  CHECK(here == "/");
}

TEST_CASE("On a terminal a command leads its process group in the foreground of a session of its own",
          "[host]") {
  const std::string line = "set -- $(sed 's/.*) . //' /proc/$$/stat); echo $2 $5 = $$; echo $3 >/dev/tty";
  const std::string output = run(on_terminal(line)).output;
  CHECK_THAT(output, Catch::Matches("(\\d+) \\1 = \\1\r\n\\d+\r\n"));
  CHECK(std::stoi(output.substr(output.find('\n') + 1)) != ::getsid(0));
}

TEST_CASE("A command without input finds its end at once", "[host]") {
  CHECK(run(shell("cat; echo end")).output == "end\n");
}

TEST_CASE("GBK output is converted when it is said to be that", "[host]") {
  ProcessOptions options = shell("printf '\\326'; sleep 0.05; printf '\\320\\316\\304'");
  options.charset = "GBK";
  CHECK(run(options).output == "\xE4\xB8\xAD\xE6\x96\x87");
}

TEST_CASE("Two-byte characters and those that are split between reads come out whole", "[host]") {
  const Outcome outcome =
      run(shell("printf 'caf\\303'; sleep 0.05; printf '\\251 \\344\\270'; sleep 0.05; printf '\\255'"));
  CHECK(outcome.output == "caf\xC3\xA9 \xE4\xB8\xAD");
}

TEST_CASE("Ten megabytes of random bytes come through a pipe byte for byte", "[host]") {
  const TempDir dir;
  std::string bytes(10'000'000, '\0');
  std::mt19937_64 random(7);
  for (char& byte : bytes) byte = static_cast<char>(random());
  dir.write("bytes", bytes);
  const Outcome outcome = run(shell("cat " + dir.file("bytes")));
  CHECK(outcome.output.size() == bytes.size());
  CHECK((outcome.output == bytes));  // not printed when it fails
}

TEST_CASE("A slow reader loses nothing of what the command wrote before its end", "[host]") {
  with_reaper([](ChildReaper* reaper) -> Task<> {
    const bool terminal = GENERATE(false, true);
    ProcessOptions options = shell("stty raw 2>/dev/null; head -c 4000 /dev/zero | tr '\\0' x; printf end");
    options.terminal = terminal;
    Process process(*reaper, options);
    co_await process.wait();
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             kLeftOverLimit + std::chrono::milliseconds(100));
    co_await timer.async_wait(asio::use_awaitable);
    std::string output;
    co_await read_to_end(&process, &output);
    CHECK(output == std::string(4000, 'x') + "end");
  });
}

TEST_CASE("A command with input is heard to its last byte before it gets more", "[host]") {
  with_reaper([](ChildReaper* reaper) -> Task<> {
    ProcessOptions options = shell("printf 'a\\303'; read answer; printf '\\251'");
    options.input = true;
    Process process(*reaper, options);
    std::string output;
    co_await read_until(&process, &output, "a\xC3");
    CHECK(output == "a\xC3");
    std::string answer = "go\n";
    co_await process.write(answer);
    co_await read_to_end(&process, &output);
    CHECK(output == "a\xC3\xA9");
  });
}

TEST_CASE("What is written reaches a command that reads, up to the end", "[host]") {
  with_reaper([](ChildReaper* reaper) -> Task<> {
    ProcessOptions options = shell("wc -c; echo done");
    options.input = true;
    Process process(*reaper, options);
    std::string input(3'000'000, 'x');
    co_await process.write(input);
    process.close_input();
    std::string output;
    co_await read_to_end(&process, &output);
    CHECK(output == "3000000\ndone\n");
  });
}

namespace {

Task<std::string> write_failure(Process* process, std::string bytes) {
  try {
    co_await process->write(bytes);
  } catch (const Error& error) {
    co_return error.what();
  }
  co_return "";
}

Task<> write_to_one_that_never_reads(ChildReaper* reaper, std::string line, std::string* failure) {
  ProcessOptions options = shell(line);
  options.input = true;
  options.timeout = std::chrono::milliseconds(300);
  Process process(*reaper, options);
  std::string input(1'000'000, 'x');
  *failure = co_await write_failure(&process, input);
}

}  // namespace

TEST_CASE("Writing to a command that never reads ends with the command", "[host]") {
  std::string failure;
  with_reaper(
      [&](ChildReaper* reaper) { return write_to_one_that_never_reads(reaper, "sleep 100", &failure); });
  // Whichever we see first.
  CHECK((failure == "write: the process has ended" || failure == "write: the process has closed its input"));
}

TEST_CASE("Writing to a command that has closed its input fails, and no signal ends us", "[host]") {
  std::string failure;
  with_reaper([&](ChildReaper* reaper) {
    return write_to_one_that_never_reads(reaper, "exec 0</dev/null; exec sleep 100", &failure);
  });
  CHECK(failure == "write: the process has closed its input");
}

TEST_CASE("Writing is refused without an input pipe", "[host]") {
  with_reaper([](ChildReaper* reaper) -> Task<> {
    Process process(*reaper, shell("cat"));
    std::string failure = co_await write_failure(&process, "x");
    CHECK(failure == "write: the input is closed");
  });
}

TEST_CASE("Nothing is started any more once the reaper has stopped", "[host]") {
  asio::io_context io;
  ChildReaper reaper;
  start(reaper, io);
  reaper.stop();
  CHECK_THROWS_WITH(Process(reaper, shell("true")), "start: this program is about to end");
}

TEST_CASE("A reaper that has not been started starts nothing, and may outlive its loop once stopped",
          "[host]") {
  ChildReaper reaper;
  CHECK_THROWS_WITH(Process(reaper, shell("true")), "start: the reaper has not been started");
  {
    asio::io_context io;
    start(reaper, io);
    Process(reaper, shell("true"));
    reaper.stop();
  }
  reaper.stop();
}

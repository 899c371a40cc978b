// Process: a command that is started, read from, written to and ended, with everything that it starts.
//
//   agent::ChildReaper reaper;                                      // one in the program
//   agent.on_start([&reaper] { return reaper.start(); });
//
//   agent::ProcessOptions options;                                  // in a handler
//   options.shell_line = "df -h /";
//   std::unique_ptr<agent::Process> process = co_await agent::Process::start(reaper, options);
//   for (std::string piece; !(piece = co_await process->read()).empty();) use(piece);
//   agent::ExitStatus status = co_await process->wait();
//
// A reaper and its processes belong to one event loop: all members are called on its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/auth.hpp"
#include "agent/limits.hpp"
#include "agent/task.hpp"

namespace agent {

// What remains of a command after its own process has ended, such as a child in the background, may hold the
// output open for this long; then the output ends with what has arrived, and what is written later fails.
inline constexpr std::chrono::seconds kLeftOverLimit{1};
// Ending a whole tree takes no longer than this.
inline constexpr std::chrono::seconds kKillLimit{1};
inline constexpr std::chrono::seconds kDefaultProcessTimeout{60};
// A piece of output has at most this many bytes, but for the few of a character that was split.
inline constexpr std::size_t kMaxOutputPiece = 64 * 1024;

// Throws Errc::bad_message for a text that can be no user's name, or that a program could take for an option
// or for several users. Asks no user database.
void check_user_name(std::string_view user);

// Throws Errc::bad_config for a character set that this system does not know; "" is one.
void check_charset(const std::string& charset);

// The line that originals give to the shell: command and arguments joined by single blanks, nothing quoted.
// Without arguments it ends with a blank, as theirs does.
std::string join_shell_line(std::string_view command, const std::vector<std::string>& args);

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

struct ProcessOptions {
  // What to run: a line for `sh -c`; or, when argv is not empty, a program (looked up in PATH unless it has
  // a slash) with its arguments, which no shell touches.
  std::string shell_line;
  std::vector<std::string> argv;

  // KEY=value, added to the environment of this program; of several values the last one counts. Settings of
  // this program (LIBAGENT_*, among them its token) and what a service manager has told it alone
  // (NOTIFY_SOCKET, STATE_DIRECTORY and the like) are not passed on; LIBAGENT_TASK is added. When they are
  // missing, HOME, USER, LOGNAME and SHELL are those of the account, PATH is that of a login, PAGER,
  // GIT_PAGER and SYSTEMD_PAGER are cat, and on a terminal TERM is xterm and MORE says not to wait.
  std::vector<std::string> env;
  // "" = the directory of this program, which becomes "/" when it has been removed.
  std::string workdir;

  // On a terminal of its own (lines end in \r\n, input is echoed), or else with pipes. Standard error is
  // joined to standard output in both, in the order in which they were written.
  bool terminal = true;
  TerminalSize size;
  // Standard error is a stream of its own, which read_error() and read_piece() read; nobody can tell any more
  // which of two pieces was written first. Not on a terminal, which is one stream for both, nor where a
  // password may be asked for, which is on a terminal: Errc::bad_message.
  bool error_apart = false;
  // A person sits at the terminal: nothing is said to PAGER, MORE and the like.
  bool interactive = false;
  // Without a terminal: standard input is what write() sends, or else empty.
  bool input = false;
  // Nobody will write anything: close_input() before the program can look.
  bool input_closed = false;
  // The character set of the output, which read() converts to UTF-8. "" = bytes stay as they are.
  std::string charset;

  // The whole tree is killed after this time; 0 or less = kDefaultProcessTimeout.
  std::chrono::milliseconds timeout{kDefaultProcessTimeout};
  // Time between asking the tree to end (SIGTERM) and killing it, on a timeout and by kill_tree(). 0 = no
  // asking.
  std::chrono::milliseconds stop_grace{0};

  // With any of them it has a group of its own, which holds from before its program begins, for all that it
  // starts. Where there can be none it does not start: Errc::refused `agent cannot limit commands: <reason>`.
  // For the reaper's own limits (ChildReaper::start) every command has a group where there can be one.
  CommandLimits limits;
  // It wants usage(): a group of its own also without limits, where there can be one.
  bool measured = false;

  Auth auth = Auth::none;
  std::string user;      // whom to become, with auth
  std::string password;  // "" = none: where one is asked for, the command fails
};

// A piece of output, "" at the end.
struct OutputPiece {
  std::string text;
  bool is_error = false;  // from standard error, with ProcessOptions::error_apart
};

struct ExitStatus {
  int code = 0;            // exit code; -1 when ended by a signal, timed out, or not to be ended
  int signal = 0;          // the signal that ended it, 0 = none
  bool timed_out = false;  // ended because of its timeout
  bool killed = false;     // ended because of kill_tree()
};

// ChildReaper: collects the processes that have ended, and finds and ends what they started.
//
// It makes this program the parent of all orphans among its descendants, so that a process which detaches
// from its parent and its session is still found: by its session, by its chain of parents, or by the variable
// LIBAGENT_TASK in its environment. (One that does all three, detaching, changing its session and clearing
// its environment, is lost.) Orphans that end are collected, too.
//
// Processes that outlive a command which ended by itself live on, with the reaper and without it: people
// start daemons by scripts, and restart this program by one. `nohup x &` and `setsid x &` need not hurry: on
// a terminal a further process leads the session, so that nobody is hung up on when the command ends.
//
// When this program is killed, or the thread that started a command ends, the system kills the first process
// of each command that runs, unless that is a set-user-ID program; what is on a terminal is hung up on, too.
//
// One in the program at a time. Children that other parts of the program start are left alone, as long as
// they stay in the program's own session. One that was started is stopped before its loop ends, as in
// Agent::on_stop; the loop never runs out of work before that.
class ChildReaper {
 public:
  // Does nothing yet.
  ChildReaper() = default;
  ~ChildReaper();  // stop()
  ChildReaper(const ChildReaper&) = delete;
  ChildReaper& operator=(const ChildReaper&) = delete;

  // Once: from now on it belongs to the loop that runs this coroutine, and does not wait. Sets the handler of
  // SIGCHLD and unblocks it in this thread, sets PR_SET_CHILD_SUBREAPER, and opens standard descriptors that
  // are closed as /dev/null. Throws Errc::cancelled after stop().
  Task<> start() { return start(nullptr); }
  // The same, with groups for commands that have limits (Agent::limits()).
  Task<> start(std::shared_ptr<Limits> limits);

  // Kills every command that runs, with everything that it started, and waits until they are gone, for
  // kKillLimit at most. Blocks. No process can be started any more. Nothing happens the second time.
  void stop();

 private:
  friend class Process;
  class State;
  const std::shared_ptr<State>& running() const;

  std::shared_ptr<State> state_;  // from start() to stop()
  bool stopped_ = false;
};

// Process: destroying one that has not ended kills its tree. Unless said otherwise, a member may be called
// while others wait, but not while another call of the same member does.
class Process {
 public:
  // Starts it: blocks until the program has been loaded, about a millisecond without a group of its own.
  // Throws Errc::io with the system's text, such as `chdir /x: No such file or directory`, `exec foo: No such
  // file or directory`, `exec sh: Argument list too long`; Errc::bad_message for a NUL in any text, a missing
  // user (`no user set`), a name that cannot be one, or error_apart on a terminal; Errc::refused for limits
  // that the reaper cannot set; Errc::not_found for an unknown user; Errc::bad_config for an unknown charset;
  // Errc::cancelled when the reaper has not been started or has been stopped.
  Process(ChildReaper& reaper, ProcessOptions options);
  // The same, but the loop goes on while a command with a group of its own starts: the kernel can take 3 to
  // 40 ms to let it into a group of cgroup v1. Such starts come one after the other. Cancelled or destroyed
  // meanwhile, it ends as soon as it has begun.
  static Task<std::unique_ptr<Process>> start(ChildReaper& reaper, ProcessOptions options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const;

  // The next piece of output: everything in order, nothing lost, "" at the end. No piece ends within a UTF-8
  // character, unless the program has input or a person at it: then nothing waits for what comes next. The
  // end comes when everyone who holds the output has closed it, at the latest kLeftOverLimit after the
  // process itself has ended; on a terminal not before that. What is not read makes the process wait: with
  // error_apart this is standard output alone, and both streams must be read, by a coroutine for each or by
  // read_piece(). Small pieces that follow each other within a millisecond come as one.
  Task<std::string> read();
  // The same for standard error with error_apart; without it the end comes at once.
  Task<std::string> read_error();
  // The next piece of either, whichever has one; in turns while both have. Its text is "" when both are at
  // their end. Instead of read() and read_error().
  Task<OutputPiece> read_piece();

  // Waits for the end of the process itself, and of the whole tree after a timeout or kill_tree(). It may
  // come before the last output has been read, and before or after its end. Any number of callers; throws
  // Errc::cancelled to those who wait when the Process is destroyed.
  Task<ExitStatus> wait();

  // Waits until all of it has been taken; where a password may be asked for, until the command has begun.
  // Throws Errc::disconnected when there is no input (any more).
  Task<> write(std::string bytes);
  // No input follows. On a terminal everyone who reads lines finds the end of them, as if ^D were typed for
  // each: the first at once, later ones mostly after 5 ms, at most after half a second. A program that takes
  // each key as it is (raw mode) gets none. Where a password may be asked for, that comes once the command
  // has begun.
  void close_input();
  // Tells the programs on the terminal its size. Does nothing without one.
  void resize(TerminalSize size);
  // Sends a signal to what is in the foreground of the terminal, or without one to the process and those in
  // its group: INT, TERM, HUP, QUIT, KILL, USR1, USR2, TSTP or CONT. False for another name, and when the
  // process has ended.
  bool signal(std::string_view name);

  // What it cost, after wait(). Nothing without a group of its own.
  std::optional<CommandUsage> usage() const;
  // Why it ended, after wait(). Without a group of its own nobody notices that memory ran out.
  CommandEnd end() const;

  // Ends the process and everything that it started; wait() tells when that is done. Any number of times;
  // nothing happens, and it is false, later than kLeftOverLimit after the process itself has ended.
  bool kill_tree();

  // Ends (SIGTERM) whatever below the process waits until the service of that name has stopped or started,
  // such as `systemctl restart <service>` of a package's script, and tells how many there were. If this
  // program is that service, each would wait for the other. What was asked for happens without them.
  std::size_t release_waiters(std::string_view service);

 private:
  class State;
  struct Start;
  explicit Process(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace agent

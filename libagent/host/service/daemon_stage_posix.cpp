#include "host/service/daemon_stage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/file_handle.hpp"
#include "host/close_on_exec.hpp"
#include "host/service/daemon.hpp"
#include "host/service/daemon_place.hpp"
#include "host/service/pid_file.hpp"
#include "host/service/supervisor.hpp"

namespace agent::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kStageWord = "supervise";  // what a list of processes shows
constexpr std::chrono::seconds kEndLimit{30};
constexpr std::chrono::minutes kLongestCommand{10};
// So that the agent can still tell how the command ended.
constexpr std::chrono::seconds kAfterCommand{1};
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr off_t kLargeOutput = 10'000'000;  // bytes, as log.size

template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds limit) {
  const Clock::time_point end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

void make_stream(int file, int number) {
  if (::dup2(file, number) < 0) throw system_error("connect standard input and output", errno);
}

// 1 and 2 of this process, which its children get. A file that grew is put aside here.
void direct_output(const std::string& output) {
  const FileHandle file(output.empty() ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : open_output(output));
  if (!file.is_open()) throw system_error("open /dev/null", errno);
  make_stream(file.descriptor(), STDOUT_FILENO);
  make_stream(file.descriptor(), STDERR_FILENO);
}

void empty_stdin() {
  const FileHandle nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.is_open()) make_stream(nothing.descriptor(), STDIN_FILENO);
}

// To the process that the user started. It may have been killed meanwhile, which changes nothing here.
class Report {
 public:
  Report() : pipe_(kReportDescriptor) { ::fcntl(kReportDescriptor, F_SETFD, FD_CLOEXEC); }
  // Only once. False: nobody has heard it.
  bool say(std::string_view words) {
    const bool is_heard = pipe_.is_open() && pipe_.write_some(words) == words.size();
    pipe_.close();
    return is_heard;
  }

 private:
  FileHandle pipe_;
};

// False: somebody has stopped it meanwhile, or is about to, and wants none.
bool take_the_place(const DaemonStage& stage, Report& report) {
  const std::string& pid_file = stage.options.pid_file;
  if (stage.after != 0) {
    report.say(kLaterReport);
    wait_until([&stage] { return !runs(stage.after); }, kLongestCommand);
    std::this_thread::sleep_for(kAfterCommand);
  }
  const int before = daemon_of(pid_file);
  if (before == 0) return stage.after == 0;
  if (stage.after != 0 && is_stopping(pid_file)) return false;
  join_groups_of(before);
  end_daemon(pid_file);
  return true;
}

int run_stage(const DaemonStage& stage, Report& report) {
  direct_output(stage.options.output);  // the caller's is not ours to hold
  if (::chdir("/") != 0) throw system_error("chdir /", errno);
  ::umask(022);
  if (stage.options.replace && !take_the_place(stage, report)) return 0;
  PidFile pid_file(stage.options.pid_file);
  SupervisorOptions options;
  options.command = stage.command;
  options.max_exits = stage.options.max_exits;
  options.prepare = [&stage] { direct_output(stage.options.output); };
  options.began = [&report](int pid) {
    log::info("supervisor {}: process {} is ready", ::getpid(), pid);
    report.say(kBeganReport);
    ::malloc_trim(0);
  };
  options.told_to_stop = [&pid_file] { pid_file.mark_stopping(); };
  options.until_ready = true;
  options.ended_at_once = [&report](int code, bool again) {
    report.say(fmt::format("{}{}{}", kEndedReport, code, again ? kAgainReport : ""));
    ::malloc_trim(0);
  };
  return supervise(options);
}

const std::string& next(const std::vector<std::string>& arguments, std::size_t& at) {
  if (at >= arguments.size()) throw Error(Errc::bad_message, "supervise: an argument is missing");
  return arguments[at++];
}

unsigned next_number(const std::vector<std::string>& arguments, std::size_t& at) {
  const std::string& text = next(arguments, at);
  unsigned number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() + text.size())
    throw Error(Errc::bad_message, "supervise: not a number: " + text);
  return number;
}

}  // namespace

std::vector<std::string> stage_arguments(const DaemonStage& stage) {
  const DaemonOptions& options = stage.options;
  std::vector<std::string> arguments = {stage.command.arguments.front(),
                                        kStageWord,
                                        "--pid-file",
                                        options.pid_file,
                                        "--output",
                                        options.output,
                                        "--user",
                                        options.user,
                                        "--max-exits",
                                        std::to_string(options.max_exits)};
  if (options.replace) arguments.insert(arguments.end(), {"--after", std::to_string(stage.after)});
  arguments.push_back("--");
  arguments.insert(arguments.end(), stage.command.arguments.begin(), stage.command.arguments.end());
  return arguments;
}

bool is_stage(int argc, char** argv) { return argc > 2 && std::string_view(argv[1]) == kStageWord; }

DaemonStage parse_stage(const std::vector<std::string>& arguments) {
  DaemonStage stage;
  DaemonOptions& options = stage.options;
  for (std::size_t at = 2;;) {
    const std::string& word = next(arguments, at);
    if (word == "--") {
      stage.command.arguments.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
      break;
    } else if (word == "--pid-file") {
      options.pid_file = next(arguments, at);
    } else if (word == "--output") {
      options.output = next(arguments, at);
    } else if (word == "--user") {
      options.user = stage.command.user = next(arguments, at);
    } else if (word == "--max-exits") {
      options.max_exits = next_number(arguments, at);
    } else if (word == "--after") {
      options.replace = true;
      stage.after = static_cast<int>(next_number(arguments, at));
    } else {
      throw Error(Errc::bad_message, "supervise: unknown argument " + word);
    }
  }
  if (stage.command.arguments.empty() || options.pid_file.empty())
    throw Error(Errc::bad_message, "supervise: an argument is missing");
  return stage;
}

void prepare_for_stage(int report) {
  ::dup2(report, kReportDescriptor);
  if (report == kReportDescriptor) ::fcntl(report, F_SETFD, 0);
  close_on_exec_from(kReportDescriptor + 1);
}

void end_daemon(const std::string& pid_file) {
  const int pid = daemon_of(pid_file);
  if (pid == 0) return;
  if (::kill(pid, SIGTERM) != 0 && errno != ESRCH)
    throw system_error(fmt::format("stop process {}", pid), errno);
  if (!wait_until([&] { return daemon_of(pid_file) != pid && !runs(pid); }, kEndLimit))
    throw Error(Errc::timeout, fmt::format("process {} does not end", pid));
}

void remove_stale(const std::string& pid_file) {
  if (!pid_file_exists(pid_file)) return;
  try {
    PidFile taken_over(pid_file);
    taken_over.remove();
  } catch (const Error&) {
    return;  // of another program, or not ours to remove
  }
}

int open_output(const std::string& path) {
  const auto open_it = [&path] {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
    const int file = ::open(path.c_str(), flags, 0640);
    if (file < 0) throw system_error("open " + path, errno);
    return file;
  };
  const int file = open_it();
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < kLargeOutput) return file;
  // Where it cannot be put aside it grows: better than silence.
  if (::rename(path.c_str(), (path + ".1").c_str()) != 0) return file;
  ::close(file);
  return open_it();
}

std::optional<int> supervise_if_told(int argc, char** argv) {
  if (!is_stage(argc, argv)) return std::nullopt;
  listen_to_signals();
  Report report;
  try {
    empty_stdin();
    return run_stage(parse_stage({argv, argv + argc}), report);
  } catch (const std::exception& error) {
    if (!report.say(error.what())) log::error("{}", error.what());
    return 1;
  }
}

}  // namespace agent::host

#include "host/service/supervisor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/file_handle.hpp"

namespace agent::host {
namespace {

constexpr int kNotStarted = 127;
constexpr int kSignals[] = {SIGCHLD, SIGIO, SIGHUP, SIGINT, SIGTERM, SIGQUIT};

sigset_t signal_set() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kSignals) ::sigaddset(&set, number);
  return set;
}

class RealClock final : public SupervisorClock {
 public:
  TimePoint now() override { return std::chrono::steady_clock::now(); }

  int wait(std::optional<TimePoint> deadline) override {
    const sigset_t set = signal_set();
    int number = deadline ? wait_until(set, *deadline) : ::sigwaitinfo(&set, nullptr);
    return std::max(number, 0);  // interrupted: as if the time had come, which is looked at anyway
  }

 private:
  int wait_until(const sigset_t& set, TimePoint deadline) {
    using std::chrono::nanoseconds;
    const auto left = std::max<nanoseconds>(deadline - now(), nanoseconds(0));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec time{};
    time.tv_sec = whole.count();
    time.tv_nsec = (left - whole).count();
    return ::sigtimedwait(&set, nullptr, &time);
  }
};

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

std::string words_for(int code) {
  return code > 128 ? fmt::format("was ended by signal {}", code - 128)
                    : fmt::format("ended with exit code {}", code);
}

// What the first child says: it wakes us up by SIGIO, so that there is one wait for all.
class ReadyPipe {
 public:
  // The child's end.
  FileHandle open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
    ours_ = FileHandle(ends[0]);
    FileHandle theirs(ends[1]);
    if (::fcntl(ends[0], F_SETOWN, ::getpid()) < 0 || ::fcntl(ends[0], F_SETFL, O_NONBLOCK | O_ASYNC) < 0)
      throw system_error("watch a pipe", errno);
    return theirs;
  }
  // Once: whether it has said so. Its end without a word comes by SIGCHLD.
  bool says_ready() {
    std::array<char, 1> byte{};
    if (!ours_.is_open() || ::read(ours_.descriptor(), byte.data(), byte.size()) != 1) return false;
    ours_.close();
    return true;
  }
  void close() { ours_.close(); }

 private:
  FileHandle ours_;
};

class Supervisor {
 public:
  Supervisor(const SupervisorOptions& options, SupervisorClock& clock)
      : options_(options), clock_(clock), supervision_(options.max_exits) {}

  int run() {
    while (supervision_.state() != Supervision::State::left) {
      if (supervision_.state() == Supervision::State::start) {
        start();
        continue;
      }
      obey(clock_.wait(supervision_.deadline()));
      if (ready_.says_ready()) begin();
      collect();
      supervision_.time_passed(clock_.now());
      if (supervision_.kill_due() && child_ > 0) ::kill(child_, SIGKILL);
    }
    return supervision_.exit_code();
  }

 private:
  void start() {
    try {
      options_.prepare();
      const bool is_awaited = !has_begun_ && options_.until_ready;
      SupervisedCommand command = options_.command;
      const FileHandle told = is_awaited ? ready_.open() : FileHandle();
      command.ready = told.descriptor();
      child_ = start_supervised(command);
      supervision_.started(clock_.now());
      if (!has_begun_ && !is_awaited) begin();
    } catch (const Error& error) {
      if (!has_begun_) throw;
      log::error("{}", error.what());
      supervision_.ended(kNotStarted, clock_.now());
    }
  }

  void begin() {
    has_begun_ = true;
    options_.began(child_);
  }

  // One that is not collected yet keeps its number, so that a signal never meets somebody else.
  void obey(int number) {
    if (number == 0 || number == SIGCHLD || number == SIGIO) return;
    const bool is_end = number != SIGHUP;
    if (is_end && !std::exchange(is_told_to_stop_, true)) options_.told_to_stop();
    if (child_ > 0) ::kill(child_, number);
    if (is_end) supervision_.told_to_stop(clock_.now());
  }

  void collect() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == child_) child_ended(code_of(status));
  }

  void child_ended(int code) {
    const std::string name = fmt::format("process {}", std::exchange(child_, 0));
    supervision_.ended(code, clock_.now());
    if (supervision_.state() == Supervision::State::pause) {
      log::warn("{} {}; another one starts in {} s", name, words_for(code), supervision_.pause().count());
    } else {
      log::info("{} {}", name, words_for(code));
    }
    if (has_begun_) return;
    has_begun_ = true;
    ready_.close();
    options_.ended_at_once(code, supervision_.state() == Supervision::State::pause);
  }

  const SupervisorOptions& options_;
  SupervisorClock& clock_;
  Supervision supervision_;
  pid_t child_ = 0;  // 0 = none runs
  ReadyPipe ready_;
  bool is_told_to_stop_ = false;
  bool has_begun_ = false;  // or has ended at once: somebody was told
};

}  // namespace

SupervisorClock& SupervisorClock::real() {
  static RealClock clock;
  return clock;
}

void listen_to_signals() {
  const sigset_t set = signal_set();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  for (const int number : kSignals) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
}

int supervise(const SupervisorOptions& options, SupervisorClock& clock) {
  listen_to_signals();
  return Supervisor(options, clock).run();
}

}  // namespace agent::host

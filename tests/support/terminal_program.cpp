#include "tests/support/terminal_program.hpp"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace test {

TerminalProgram::TerminalProgram(const std::string& line, unsigned short columns) {
  const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  const char* argv[] = {"/bin/bash", "-c", line.c_str(), nullptr};
  ::setenv("TERM", "xterm", 1);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("forkpty");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(argv[0], const_cast<char**>(argv));
    ::_exit(127);
  }
  ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

TerminalProgram::~TerminalProgram() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(terminal_);
}

void TerminalProgram::type(const std::string& keys) const {
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("type");
}

void TerminalProgram::resize(unsigned short rows, unsigned short columns) const {
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(terminal_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("resize");
}

// True: the terminal is closed, everything was shown.
bool TerminalProgram::take() {
  char bytes[4096];
  for (;;) {
    const ssize_t count = ::read(terminal_, bytes, sizeof bytes);
    if (count > 0) {
      shown_.append(bytes, static_cast<std::size_t>(count));
    } else {
      return is_over_ = is_over_ || count == 0 || (errno != EAGAIN && errno != EINTR);
    }
  }
}

std::string TerminalProgram::wait_for(const std::string& text, std::chrono::milliseconds limit) {
  try {
    wait_until(
        text, [&] { return take() || shown_.find(text) != std::string::npos; }, limit);
  } catch (const TimedOut& error) {
    throw TimedOut(std::string(error.what()) + "; the terminal shows:\n" + shown_);
  }
  if (shown_.find(text) == std::string::npos)
    throw TimedOut("it ended without " + text + "; it showed:\n" + shown_);
  return shown_;
}

// It stays a zombie until the destructor takes it.
bool TerminalProgram::has_ended(siginfo_t& info) const {
  info = {};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

int TerminalProgram::wait(std::chrono::milliseconds limit) {
  siginfo_t info{};
  wait_until(
      "the end of the program", [&] { return take(), has_ended(info); }, limit);
  take();
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace test

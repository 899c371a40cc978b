#include "tests/support/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace test {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<char*> pointers_to(const Program::Arguments& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool changes_programs(const std::string& variable) {
  const std::string name = variable.substr(0, variable.find('='));
  return name.starts_with("LIBAGENT_") || name.starts_with("JKFRAME_") || name.ends_with("_proxy") ||
         name.ends_with("_PROXY") || name.starts_with("WATCHDOG_") || name == "NOTIFY_SOCKET" ||
         name == "JOURNAL_STREAM";
}

bool is_named(const Program::Environment& variables, std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('='));
  return std::any_of(variables.begin(), variables.end(),
                     [name](const auto& variable) { return variable.first == name; });
}

// SignalsBlocked: a child that is signalled before its exec must not run the test framework's handlers.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  // In the child.
  void forget_handlers() const {
    for (int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGABRT, SIGSEGV, SIGILL, SIGFPE})
      ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
  }

 private:
  sigset_t before_;
};

Program::Arguments environment_with(const Program::Environment& additions) {
  Program::Arguments out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!changes_programs(*entry) && !is_named(additions, *entry)) out.emplace_back(*entry);
  }
  for (const auto& [name, value] : additions) out.push_back(name + "=" + value);
  return out;
}

}  // namespace

Program::Program(const std::string& path, const Arguments& arguments, const Environment& environment) {
  start(path, arguments, environment);
}

Program::~Program() {
  if (!is_running()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Program::start(const std::string& path, const Arguments& arguments, const Environment& environment) {
  Arguments words{path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Environment additions = environment;  // the first of a name counts
  additions.emplace_back("RUNTIME_DIRECTORY", dir_.file("run"));
  const Arguments variables = environment_with(additions);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(variables);
  const int output = ::open(dir_.file("output").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = ::getpid();
  const SignalsBlocked blocked;
  pid_ = ::fork();
  if (pid_ == 0) {  // only what is allowed between fork and exec
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    blocked.forget_handlers();
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(output);
  ::close(input);
  if (pid_ < 0) throw std::runtime_error("fork");
}

bool Program::is_running() {
  if (exit_code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Program::signal(int number) const { ::kill(pid_, number); }

int Program::wait(std::chrono::milliseconds limit) {
  try {
    wait_until(
        "the end of the program", [this] { return !is_running(); }, limit);
  } catch (const TimedOut& error) {
    throw TimedOut(std::string(error.what()) + "; its output:\n" + output());
  }
  return *exit_code_;
}

std::string Program::output() const { return read_file(dir_.file("output")); }

void Program::wait_until_output(const std::string& what,
                                const std::function<bool(const std::string&)>& condition,
                                std::chrono::milliseconds limit) {
  const auto look = [&] {
    const bool running = is_running();  // before the look: what it writes last counts
    const std::string text = output();
    if (condition(text)) return true;
    if (!running)
      throw std::runtime_error("ended with " + std::to_string(*exit_code_) + " before " + what + ":\n" +
                               text);
    return false;
  };
  try {
    wait_until(what, look, limit);
  } catch (const TimedOut& error) {
    throw TimedOut(std::string(error.what()) + "; its output:\n" + output());
  }
}

std::string Program::wait_for_rest_of(const std::string& beginning, std::chrono::milliseconds limit) {
  std::string rest;
  const auto find = [&](const std::string& text) {
    const std::size_t at = text.find(beginning);
    const std::size_t end = text.find('\n', at);
    if (at == std::string::npos || end == std::string::npos) return false;
    rest = text.substr(at + beginning.size(), end - at - beginning.size());
    return true;
  };
  wait_until_output("'" + beginning + "'", find, limit);
  return rest;
}

void Program::wait_for(const std::string& text, std::chrono::milliseconds limit, std::size_t from) {
  const auto find = [&](const std::string& all) { return all.find(text, from) != std::string::npos; };
  wait_until_output("'" + text + "'", find, limit);
}

std::size_t Program::count(const std::string& text) const {
  const std::string all = output();
  std::size_t count = 0;
  for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size()))
    ++count;
  return count;
}

std::size_t Program::resident_bytes() const {
  std::istringstream fields(read_file("/proc/" + std::to_string(pid_) + "/statm"));
  std::size_t total = 0;
  std::size_t resident = 0;
  fields >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t Program::descriptors() const {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::pair<int, std::string> run_program(const std::string& path, const Program::Arguments& arguments) {
  Program program(path, arguments);
  const int code = program.wait();
  return {code, program.output()};
}

}  // namespace test

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <agent/units.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <fstream>

#include "examples/logkit-agent/parse/host_zone.hpp"
#include "marked_processes.hpp"
#include "script_front.hpp"
#include "state_file.hpp"
#include "unread_bytes.hpp"

namespace logkit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadSize = 64 * 1024;
// Whether a run has ended, and whether it is time for the next one by the clock on the wall.
constexpr auto kLook = 50ms;
constexpr auto kLookAtClock = 1s;
// A full disk may have space again.
constexpr auto kTryAgain = 1min;
// The output of a script that has ended may be held open by what it has left behind.
constexpr auto kLeftOver = 1s;
// The last part of what a script has written to its standard error is told.
constexpr std::size_t kMostErrors = 500;

int zone_offset(std::int64_t utc) {
  const std::int64_t near = utc + 60 * host_offset_minutes(utc);
  return host_offset_minutes(near);
}

std::int64_t seconds_now() { return std::time(nullptr); }

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

struct ScriptFront::Run {
  Run(const std::vector<std::string>& arguments, const StreamSource& source)
      : process(arguments), splitter(make_frame_splitter(Framing::line, source.tail.lines)) {}

  ScriptProcess process;
  std::unique_ptr<FrameSplitter> splitter;
  SteadyTime limit{};
  std::uint64_t bytes = 0;
  std::string errors;  // the last of them
  bool has_output = true;
  bool has_errors = true;
  int code = -1;
  bool is_too_long = false;
  bool is_too_much = false;
};

ScriptFront::ScriptFront(const StreamSource& source, LineSpool& spool, ScriptRights rights,
                         const std::string& directory, bool is_once)
    : source_(source),
      spool_(spool),
      rights_(std::move(rights)),
      pid_file_(directory + "/script"),
      is_once_(is_once),
      buffer_(kReadSize) {
  status_.name = source.name;
  spool_.set_on_room([this] { wake(); });
}

void ScriptFront::stop() {
  is_stopping_ = true;
  wake();
}

FrontStatus ScriptFront::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ScriptFront::tell(std::string problem) {
  const std::lock_guard lock(mutex_);
  status_.problem = std::move(problem);
}

void ScriptFront::run() {
  end_orphan();
  for (bool is_first = true; wait_until_due(is_first); is_first = false) {
    const bool is_over = try_run() && !source_.script.times;
    if (is_once_ || is_over) return;
  }
}

// False: there was no run, and it may be tried again.
bool ScriptFront::try_run() {
  if (!refused_.empty() && refused_ == facts_of_script()) return false;
  refused_.clear();
  try {
    run_once();
    return true;
  } catch (const agent::Error& error) {
    tell(error.what());
    const std::lock_guard lock(mutex_);
    ++status_.failures;
    return false;
  }
}

// What it depends on whether the script can be run.
std::string ScriptFront::facts_of_script() const {
  std::string facts;
  for (const std::string& path : {source_.script.interpreter, source_.script.path}) {
    if (path.empty()) continue;
    try {
      facts += rights_.check(path);
    } catch (const agent::Error& error) {
      facts += error.what();
    }
    struct stat of {};
    if (::stat(path.c_str(), &of) == 0)
      facts += " " + std::to_string(of.st_ino) + " " + std::to_string(of.st_ctim.tv_sec) + "." +
               std::to_string(of.st_ctim.tv_nsec) + "\n";
  }
  return facts;
}

// The process id alone may be another's by now.
void ScriptFront::end_orphan() const {
  int pid = 0;
  std::uint64_t start = 0;
  std::string mark;
  std::ifstream file(pid_file_);
  if (!(file >> pid >> start) || pid <= 1 || start == 0 || start_ticks_of(pid) != start) return;
  ::kill(-pid, SIGKILL);
  if (file >> mark) kill_marked(mark, start);
}

// False: it is stopped before.
bool ScriptFront::wait_until_due(bool is_first) {
  if (is_stopping_) return false;
  if (is_first && (is_once_ || source_.script.runs_at_start)) return true;
  if (!source_.script.times) return wait_for_change();
  const CronTimes& times = *source_.script.times;
  const SteadyTime end_of_pause = Clock::now() + times.pause().value_or(0s);
  const std::optional<std::int64_t> due = times.next(seconds_now(), zone_offset);
  const auto is_due = [&] {
    return times.pause() ? Clock::now() >= end_of_pause : due && seconds_now() >= *due;
  };
  while (!is_stopping_ && !is_due()) {
    const SteadyTime next_look = Clock::now() + kLookAtClock;
    wait(times.pause() ? std::min(end_of_pause, next_look) : next_look, -1, -1);
    spool_.flush();
  }
  return !is_stopping_;
}

// A script that runs once and could not be run. False: it is stopped before.
bool ScriptFront::wait_for_change() {
  const SteadyTime end = Clock::now() + kTryAgain;
  const auto is_due = [&] { return refused_.empty() ? Clock::now() >= end : refused_ != facts_of_script(); };
  while (!is_stopping_ && !is_due()) wait(Clock::now() + kLookAtClock, -1, -1);
  return !is_stopping_;
}

// Throws what refuses it.
std::unique_ptr<ScriptFront::Run> ScriptFront::begin_run() {
  const std::string facts = facts_of_script();
  try {
    std::vector<std::string> arguments;
    const ScriptOptions& script = source_.script;
    if (!script.shell.empty()) arguments.push_back(script.shell);
    if (!script.interpreter.empty()) arguments.push_back(rights_.check(script.interpreter));
    arguments.push_back(rights_.check(script.path));
    return std::make_unique<Run>(arguments, source_);
  } catch (const agent::Error&) {
    refused_ = facts;
    throw;
  }
}

void ScriptFront::run_once() {
  const std::unique_ptr<Run> begun = begin_run();
  Run& run = *begun;
  const ScriptProcess& process = run.process;
  replace_file(pid_file_, std::to_string(process.pid()) + " " + std::to_string(process.start_ticks()) + " " +
                              process.mark());
  run.limit = Clock::now() + source_.script.timeout;
  follow(run);
  end_run(run);
}

void ScriptFront::follow(Run& run) {
  while (run.has_output || run.has_errors || !run.process.exit_code()) {
    const SteadyTime begin = Clock::now();
    const bool is_kept = spool_.flush();
    const bool has_room = is_kept && spool_.has_room();
    const bool reads = run.has_output && has_room;
    wait(begin + kLook, reads ? run.process.output() : -1, run.has_errors ? run.process.errors() : -1);
    if (reads) run.has_output = read_output(run);
    read_errors(run);
    if (run.has_output && !has_room && !is_stopping_) run.limit += Clock::now() - begin;
    const bool has_ended = run.process.exit_code().has_value();
    if (has_ended && has_room) run.limit = std::min(run.limit, begin + kLeftOver);
    run.is_too_much = run.bytes > source_.script.max_output;
    const bool is_over = Clock::now() >= run.limit;
    run.is_too_long = is_over && !has_ended;
    if (is_over || run.is_too_much || is_stopping_) break;
  }
  run.process.kill();
  // What it had written before it was killed.
  const SteadyTime end = Clock::now() + kLeftOver;
  while (run.has_output && !run.is_too_much && spool_.flush() && spool_.has_room() && Clock::now() < end &&
         read_output(run)) {
    if (!wait(Clock::now(), run.process.output(), -1)) break;
  }
}

// False: there will be nothing more.
bool ScriptFront::read_output(Run& run) {
  const auto count = ::read(run.process.output(), buffer_.data(), buffer_.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  run.bytes += static_cast<std::uint64_t>(count);
  run.splitter->feed({buffer_.data(), static_cast<std::size_t>(count)},
                     [this](const Frame& frame) { spool_.add(source_.name, frame); });
  return count > 0;
}

void ScriptFront::read_errors(Run& run) const {
  std::array<char, 4096> text;
  while (run.has_errors) {
    const auto count = ::read(run.process.errors(), text.data(), text.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    run.has_errors = count > 0;
    if (count > 0) run.errors.append(text.data(), static_cast<std::size_t>(count));
    if (run.errors.size() > kMostErrors) run.errors.erase(0, run.errors.size() - kMostErrors);
  }
}

void ScriptFront::end_run(Run& run) {
  run.splitter->finish([this](const Frame& frame) { spool_.add(source_.name, frame); });
  spool_.flush();
  spool_.count_lost(0, unread_bytes(run.process.output()));
  if (is_stopping_) spool_.give_up();
  run.code = run.process.exit_code().value_or(-1);
  const std::string problem = what_went_wrong(run);
  const std::lock_guard lock(mutex_);
  ++status_.runs;
  status_.exit_code = run.code;
  if (!problem.empty()) ++status_.failures;
  status_.problem = problem;
}

std::string ScriptFront::what_went_wrong(const Run& run) const {
  const std::string name = source_.script.path;
  if (run.is_too_long)
    return name + ": killed after " + agent::format_duration(source_.script.timeout) + " (script_timeout)";
  if (run.is_too_much)
    return name + ": killed after " + std::to_string(source_.script.max_output) +
           " bytes of output (script_max_output)";
  if (is_stopping_ || run.code == 0) return {};
  const std::string errors = without_end(run.errors);
  return name + ": exit code " + std::to_string(run.code) + (errors.empty() ? "" : ": " + errors);
}

// True: there is something to be read.
bool ScriptFront::wait(SteadyTime until, int output, int errors) {
  std::array<pollfd, 3> polled{pollfd{pipe_.descriptor(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                               pollfd{errors, POLLIN, 0}};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(
      std::clamp<std::chrono::nanoseconds>(until - Clock::now(), 0s, 60s));
  ::poll(polled.data(), polled.size(), static_cast<int>(ms.count()));
  pipe_.clear();
  return polled[1].revents != 0;
}

}  // namespace logkit

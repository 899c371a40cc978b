#include "commands.hpp"

#include <agent/base64.hpp>
#include <agent/clock.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wire = agent::wire;
using agent::Call;
using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

// A server waits a minute for the start and then tells its caller that it failed: after that the command must
// not run.
constexpr std::chrono::seconds kLongestWait{50};
constexpr std::size_t kLargestPiece = 64 * 1024;  // of one message, raw
// Output up to this goes with start and end in one message, if the command ends soon.
constexpr std::size_t kBriefOutput = 16 * 1024;
// A server that asks for more is not believed: somebody waits to hear of the start.
constexpr std::chrono::milliseconds kLongestBrief{1000};
// The part of an agent's time to stop in which ends are reported; what is left then is killed unreported.
constexpr std::chrono::milliseconds kReportLimit{800};
constexpr std::chrono::milliseconds kLook{5};
// A command that restarts this agent: how often it is looked at, and how long it may take at most.
constexpr std::chrono::milliseconds kUpgradeLook{50};
constexpr std::chrono::minutes kUpgradeLimit{10};
constexpr const char* kStopped = "the agent was stopped";

void tell_end(const agent::CommandEnd& end, wire::ExecDone& done) {
  done.ended_by = to_string(end.ended_by);
  done.bound = to_string(end.bound);
  done.pids = end.pids;
  done.oom_kills = end.oom_kills;
  if (done.reason.empty() && end.pids) done.reason = "a fork was refused: " + end.fork_limit;
}

// What nobody counted is left out; to have read nothing is a count, too.
wire::CommandUsage to_wire(const agent::CommandUsage& usage) {
  wire::CommandUsage out{.cpu_seconds = std::chrono::duration<double>(usage.cpu).count(),
                         .peak_memory = {},
                         .read_bytes = usage.read.value,
                         .written_bytes = usage.written.value,
                         .peak_pids = {}};
  if (usage.peak_memory.value > 0) out.peak_memory = usage.peak_memory.value;
  if (usage.peak_pids > 0) out.peak_pids = usage.peak_pids;
  return out;
}

}  // namespace

CommandCounters::CommandCounters(agent::Agent& agent)
    : started(agent.counter("exec_started_total", "Commands that were started")),
      failed(agent.counter("exec_failed_total", "Commands that could not be started")),
      killed(agent.counter("exec_killed_total", "Commands that were killed because a server said so")),
      timed_out(agent.counter("exec_timed_out_total", "Commands that were killed after their timeout")),
      output_bytes(agent.counter("exec_output_bytes_total", "Bytes that commands have written")),
      insecure_passwords(agent.counter("exec_insecure_passwords_total",
                                       "Passwords that came in a form which anybody can read")),
      running(agent.gauge("exec_running", "Commands that run")) {}

class Commands::Request {
 public:
  Request(Commands& commands, wire::Exec exec, Call call)
      : commands_(commands),
        exec_(std::move(exec)),
        call_(std::move(call)),
        brief_(std::min(std::chrono::milliseconds(exec_.brief), kLongestBrief)),
        file_(commands.uploads_, exec_.drm) {
    commands_.requests_.insert(this);
    if (exec_.input) commands_.by_task_[call_.task_id()] = this;
  }
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Task<> serve();
  // The agent stops.
  void end();
  void type(const wire::ExecInput& message, const Call& call) {
    if (input_) input_->take(message, call);
  }
  // The agent is about to stop: whether this command is what stops it, and waits for that.
  bool is_upgrading();

 private:
  void grant_limits();
  void refuse(const Error& error, wire::Execd& reply);
  Task<> wait_for_turn();
  Task<> start();
  void tell_start_within();
  void tell_start();
  Task<> forward_output();
  Task<> wait_for_room();
  bool hold_output(std::string_view bytes);
  void send_output(std::string_view bytes);
  void report_end(const agent::ExitStatus& status);

  CommandCounters& counters() { return commands_.counters_; }

  Commands& commands_;
  wire::Exec exec_;
  Call call_;
  const std::chrono::milliseconds brief_;  // in which start, output and end may become one message
  std::optional<wire::Execd> untold_;      // the start, while it waits for that
  std::string held_;                       // output that waits with it
  std::shared_ptr<void> brief_end_;
  UploadedFile file_;
  agent::CommandLimits limits_;
  bool granted_ = false;
  agent::Turns::Turn turn_;
  std::shared_ptr<TypedInput> input_;  // if it has any
  std::optional<RunningCommand> command_;
  bool ended_by_us_ = false;
  bool is_upgrading_ = false;
};

Commands::Request::~Request() {
  if (command_) counters().running.add(-1);
  if (input_) input_->over();
  const auto typed = commands_.by_task_.find(call_.task_id());
  if (typed != commands_.by_task_.end() && typed->second == this) commands_.by_task_.erase(typed);
  commands_.requests_.erase(this);
}

void Commands::Request::end() {
  if (command_ && command_->process().kill_tree()) ended_by_us_ = true;
}

bool Commands::Request::is_upgrading() {
  if (command_ && command_->process().release_waiters(commands_.agent_.name()) > 0) is_upgrading_ = true;
  return is_upgrading_;
}

Task<> Commands::Request::serve() {
  // A connection that is lost must not take the command's output along.
  call_.keep(exec_.terminal ? agent::Pace::prompt : agent::Pace::gathered);
  wire::Execd reply;
  reply.time = wire::Time::now();
  try {
    if (exec_.input || !exec_.first_input.empty())
      input_ = std::make_shared<TypedInput>(commands_.agent_, exec_);
    grant_limits();
    co_await wait_for_turn();
    if (call_.cancelled()) co_return;
    co_await start();
    reply.ok = true;
    reply.pid = command_->process().pid();
  } catch (const Error& error) {
    refuse(error, reply);
  }
  untold_ = reply;
  reply.ok ? tell_start_within() : tell_start();
  if (!reply.ok) co_return;
  co_await forward_output();
  const agent::ExitStatus status = co_await command_->process().wait();
  report_end(status);
}

void Commands::Request::grant_limits() {
  limits_ = commands_.rules_.limit.grant(wire::from_wire(exec_.limits));
  granted_ = true;
}

void Commands::Request::refuse(const Error& error, wire::Execd& reply) {
  counters().failed.add();
  agent::log::warn("task {}: not started: {}", call_.task_id(), error.what());
  reply.msg = error.text();
  reply.too_many = error.code() == Errc::too_many;
  reply.above_limit = error.code() == Errc::refused && !granted_;
  reply.no_limits = error.code() == Errc::refused && granted_;
}

Task<> Commands::Request::wait_for_turn() {
  try {
    turn_ = co_await commands_.turns_.take(kLongestWait);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw Error(Errc::cancelled, kStopped);
    throw Error(Errc::too_many,
                fmt::format("too many commands are running (limit {})", commands_.rules_.max_running));
  }
}

Task<> Commands::Request::start() {
  CommandOptions options = make_options(std::move(exec_), commands_.rules_);
  if (options.insecure_password) counters().insecure_passwords.add();
  if (commands_.stopping_ || commands_.finishing_) throw Error(Errc::cancelled, kStopped);
  options.process.limits = limits_;
  file_.share_with(options.process.user);
  std::unique_ptr<agent::Process> started =
      co_await agent::Process::start(commands_.reaper_, std::move(options.process));
  command_.emplace(commands_.running_, std::move(started));
  counters().started.add();
  counters().running.add(1);
  if (commands_.stopping_) end();  // it has begun meanwhile
  if (input_) input_->begin(command_->process());
  agent::log::debug("task {}: started as process {}", call_.task_id(), command_->process().pid());
}

void Commands::Request::tell_start_within() {
  if (brief_.count() == 0) return tell_start();
  brief_end_ = commands_.agent_.repeat(brief_, std::chrono::hours(24), [this] { tell_start(); });
}

void Commands::Request::tell_start() {
  if (!untold_) return;
  call_.send(*std::exchange(untold_, std::nullopt));
  send_output(std::exchange(held_, {}));
}

// True: it waits for the end.
bool Commands::Request::hold_output(std::string_view bytes) {
  if (!untold_ || held_.size() + bytes.size() > kBriefOutput) return false;
  held_ += bytes;
  return true;
}

Task<> Commands::Request::forward_output() {
  for (;;) {
    const std::string piece = co_await command_->process().read();
    if (piece.empty()) co_return;
    counters().output_bytes.add(piece.size());
    if (hold_output(piece)) continue;
    tell_start();
    co_await wait_for_room();
    send_output(piece);
  }
}

// What nobody takes any more is read all the same, so that the command can go on.
Task<> Commands::Request::wait_for_room() {
  try {
    if (!call_.cancelled()) co_await call_.room();
  } catch (const Error&) {
    agent::log::debug("task {}: its output is dropped from now on", call_.task_id());
  }
}

void Commands::Request::send_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kLargestPiece);
    call_.send(wire::ExecData{agent::encode_base64(piece)});
    bytes.remove_prefix(piece.size());
  }
}

void Commands::Request::report_end(const agent::ExitStatus& status) {
  if (status.killed && !ended_by_us_) counters().killed.add();
  if (status.timed_out) counters().timed_out.add();
  wire::ExecDone done;
  done.code = status.code;
  done.time = wire::Time::now();
  done.signal = status.signal;
  done.timed_out = status.timed_out;
  if (ended_by_us_ && status.killed) done.reason = kStopped;
  tell_end(command_->process().end(), done);
  if (const auto usage = command_->process().usage()) done.usage = to_wire(*usage);
  if (!untold_) return call_.send(done);
  wire::ExecWhole whole{done};
  whole.pid = untold_->pid;
  whole.begin = untold_->time;
  whole.data = agent::encode_base64(held_);
  call_.send(whole);
}

Commands::Commands(agent::Agent& agent, Uploads& uploads)
    : agent_(agent), uploads_(uploads), counters_(agent) {
  agent_.config(rules_);
  agent_.on<wire::Exec>([this](wire::Exec request, Call call) { return serve(std::move(request), call); });
  agent_.on<wire::ExecInput>(
      [this](wire::ExecInput message, Call call) { return type(std::move(message), call); });
  agent_.on<wire::ExecKill>([this](wire::ExecKill request, Call call) { return kill(request, call); });
  agent_.on_start([this] { return begin(); });
  agent_.before_stop([this] { return finish_upgrades(); });
  agent_.on_stop([this] { return end(); });
}

Task<> Commands::begin() {
  turns_.set_limits(rules_.max_running, rules_.max_waiting);
  std::shared_ptr<agent::Limits> limits = agent_.limits();
  co_await reaper_.start(std::move(limits));
}

// A package manager that runs as a command and restarts this agent must not be ended half-way, and its caller
// wants to know how it went.
Task<> Commands::finish_upgrades() {
  const auto limit = agent::Clock::now() + kUpgradeLimit;
  while (is_upgrading() && agent::Clock::now() < limit) {
    finishing_ = true;
    co_await agent::Agent::pause(kUpgradeLook);
  }
}

bool Commands::is_upgrading() const {
  bool any = false;
  for (Request* request : requests_) any = request->is_upgrading() || any;
  return any;
}

// Those who wait for them are told.
Task<> Commands::end() {
  if (std::exchange(stopping_, true)) co_return;
  turns_.cancel();
  for (Request* request : requests_) request->end();
  const auto limit = agent::Clock::now() + kReportLimit;
  while (!requests_.empty() && agent::Clock::now() < limit) co_await agent::Agent::pause(kLook);
  reaper_.stop();  // within a second
}

Task<> Commands::kill(wire::ExecKill request, Call call) {
  const bool found = kill_command(running_, request.pid);
  if (request.reply) call.send(wire::ExecKilled{found});
  co_return;
}

// Input for a command that is over is nothing: its end is on its way.
Task<> Commands::type(wire::ExecInput message, Call call) {
  const auto found = by_task_.find(call.task_id());
  if (found != by_task_.end()) found->second->type(message, call);
  co_return;
}

Task<> Commands::serve(wire::Exec exec, Call call) {
  Request request(*this, std::move(exec), std::move(call));
  co_await request.serve();
}

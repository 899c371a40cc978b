// FakeExecAgent: an exec-agent that does what a test says, with or without the capability ack.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base64.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "agent/wire/kept.hpp"
#include "tests/server/api_server.hpp"
#include "tests/support/patience.hpp"

namespace test {

// What it was asked, and a way to answer.
struct ExecCall {
  std::string tid;
  agent::wire::Exec exec;
  std::string text;  // the payload as it came
};

class FakeExecAgent {
 public:
  using Send = ScriptedAgent::Send;
  // Called with each command.
  using Run = std::function<void(const ExecCall&, FakeExecAgent&)>;

  struct Options {
    std::string id = "x-1";
    bool acknowledges = true;
    bool knows_limits = true;    // capability `limits`
    bool is_brief = false;       // capability `brief`
    bool knows_term = false;     // capability `term`
    bool answers_kills = false;  // capability `kill`; the command 4711 runs
    std::string instance = "i-1";
    std::vector<agent::wire::HeldCall> held{};  // said first
    std::string token{};                        // of its enrollment
  };

  explicit FakeExecAgent(std::uint16_t port, Run run) : FakeExecAgent(port, Options(), std::move(run)) {}
  FakeExecAgent(std::uint16_t port, const Options& options, Run run)
      : options_(options), run_(std::move(run)) {
    agent::wire::Come come = come_as(options.id, "exec-agent");
    if (options.acknowledges) come.caps.emplace_back(agent::wire::kAckCapability);
    if (options.knows_limits) come.caps.emplace_back(agent::wire::kLimitsCapability);
    if (options.is_brief) come.caps.emplace_back(agent::wire::kBriefCapability);
    if (options.knows_term) come.caps.emplace_back(agent::wire::kTermCapability);
    if (options.answers_kills) come.caps.emplace_back(agent::wire::kKillCapability);
    come.instance = options.instance;
    agent_ = std::make_unique<ScriptedAgent>(
        port, come,
        [this](const agent::Envelope& message, const Send& send) {
          receive(message, send);
          return true;
        },
        options.acknowledges ? agent::encode_message(agent::wire::Held{options.held}) : std::string(),
        options.token);
    made_.set_value();
  }

  // ---- within Run, or from the test's thread

  void started(const std::string& tid, std::int64_t pid = 4711, std::uint64_t seq = 1) {
    say(agent::encode_message(
        agent::wire::Execd{.ok = true, .msg = {}, .pid = pid, .time = agent::wire::Time::now()}, tid,
        number(seq)));
  }
  void output(const std::string& tid, std::string_view bytes, std::uint64_t seq) {
    say(agent::encode_message(agent::wire::ExecData{agent::encode_base64(bytes)}, tid, number(seq)));
  }
  void done(const std::string& tid, std::int64_t code, std::uint64_t seq, const std::string& reason = {}) {
    agent::wire::ExecDone end;
    end.code = code;
    end.reason = reason;
    end.time = agent::wire::Time::now();
    say(agent::encode_message(end, tid, number(seq)));
  }
  // Start, output and end in one message.
  void whole(const std::string& tid, std::string_view output, std::int64_t code, std::int64_t pid = 4711) {
    agent::wire::ExecWhole all;
    all.pid = pid;
    all.begin = all.time = agent::wire::Time::now();
    all.data = agent::encode_base64(output);
    all.code = code;
    say(agent::encode_message(all, tid, number(1)));
  }
  void say(std::string text) { agent_->send(std::move(text)); }
  void after(std::chrono::microseconds delay, std::function<void()> work) {
    agent_->after(delay, std::move(work));
  }
  // The connection is lost.
  void leave() { agent_->leave(); }

  // ---- what it was told

  // The first command, once Run is through with it: what the test says comes behind what Run said.
  ExecCall wait_for_call() {
    wait_until("a command", [this] { return handled_ > 0; });
    std::lock_guard lock(mutex_);
    return calls_.front();
  }
  std::size_t count_calls() const {
    std::lock_guard lock(mutex_);
    return calls_.size();
  }
  std::vector<agent::wire::Ack> acks(const std::string& tid) const {
    std::lock_guard lock(mutex_);
    std::vector<agent::wire::Ack> found;
    for (const auto& [of, ack] : acks_)
      if (of == tid) found.push_back(ack);
    return found;
  }
  std::uint64_t acknowledged(const std::string& tid) const {
    const auto found = acks(tid);
    return found.empty() ? 0 : found.back().seq;
  }
  bool is_settled(const std::string& tid) const {
    std::lock_guard lock(mutex_);
    return std::find(settled_.begin(), settled_.end(), tid) != settled_.end();
  }
  // Messages that said so.
  int settlements() const {
    std::lock_guard lock(mutex_);
    return settlements_;
  }
  std::vector<std::int64_t> kills() const {
    std::lock_guard lock(mutex_);
    return kills_;
  }
  // What was typed for a command.
  std::vector<agent::wire::ExecInput> inputs() const {
    std::lock_guard lock(mutex_);
    return inputs_;
  }
  void taken(const std::string& tid, std::uint64_t got, std::uint64_t until) {
    say(agent::encode_message(agent::wire::ExecTaken{.got = got, .until = until}, tid));
  }
  // Each is answered with kUploads/<its name>.
  std::vector<agent::wire::Upload> uploads() const {
    std::lock_guard lock(mutex_);
    return uploads_;
  }
  static constexpr const char* kUploads = "/private/up";

 private:
  std::uint64_t number(std::uint64_t seq) const { return options_.acknowledges ? seq : 0; }

  void take_upload(const agent::Envelope& message, const Send& send) {
    auto upload = message.payload<agent::wire::Upload>();
    agent::wire::UploadReply reply;
    reply.ok = true;
    reply.dir = std::string(kUploads) + "/" + upload.name;
    uploads_.push_back(std::move(upload));
    send(agent::encode_message(reply, message.tid()));
  }

  void take_settled(const agent::Envelope& message) {
    ++settlements_;
    for (std::string& tid : message.payload<agent::wire::Settled>().calls) settled_.push_back(std::move(tid));
  }

  void take_kill(const agent::Envelope& message, const Send& send) {
    const auto kill = message.payload<agent::wire::ExecKill>();
    kills_.push_back(kill.pid);
    if (kill.reply) send(agent::encode_message(agent::wire::ExecKilled{kill.pid == 4711}, message.tid()));
  }

  void receive(const agent::Envelope& message, const Send& send) {
    ExecCall call;
    bool is_call = false;
    {
      std::lock_guard lock(mutex_);
      if (message.type() == agent::wire::Ack::message.type)
        acks_.emplace_back(std::string(message.tid()), message.payload<agent::wire::Ack>());
      if (message.type() == agent::wire::Settled::message.type) take_settled(message);
      if (message.type() == agent::wire::ExecKill::message.type) take_kill(message, send);
      if (message.type() == agent::wire::ExecInput::message.type)
        inputs_.push_back(message.payload<agent::wire::ExecInput>());
      if (message.type() == agent::wire::Upload::message.type) take_upload(message, send);
      if (message.type() == agent::wire::Exec::message.type) {
        call = {std::string(message.tid()), message.payload<agent::wire::Exec>(),
                message.root().find("exec").text()};
        calls_.push_back(call);
        is_call = true;
      }
    }
    if (!is_call) return;
    ready_.wait();  // a command may come before the constructor is through, and is answered with its agent
    if (run_) run_(call, *this);
    ++handled_;
  }

  const Options options_;
  const Run run_;
  mutable std::mutex mutex_;
  std::vector<ExecCall> calls_;
  std::atomic<int> handled_ = 0;
  std::vector<std::pair<std::string, agent::wire::Ack>> acks_;
  std::vector<std::string> settled_;
  int settlements_ = 0;
  std::vector<std::int64_t> kills_;
  std::vector<agent::wire::Upload> uploads_;
  std::vector<agent::wire::ExecInput> inputs_;
  std::promise<void> made_;
  const std::shared_future<void> ready_ = made_.get_future().share();
  std::unique_ptr<ScriptedAgent> agent_;
};

// Starts, says `text`, ends with `code`.
inline FakeExecAgent::Run say_and_end(std::string text, std::int64_t code) {
  return [text = std::move(text), code](const ExecCall& call, FakeExecAgent& agent) {
    agent.started(call.tid);
    agent.output(call.tid, text, 2);
    agent.done(call.tid, code, 3);
  };
}

// The answer to POST /api/exec/{id}/run with `body`.
inline std::string run_command(ApiServer& server, const std::string& body, const std::string& id = "x-1") {
  return server.request("POST", "/api/exec/" + id + "/run", {}, body).body;
}

}  // namespace test

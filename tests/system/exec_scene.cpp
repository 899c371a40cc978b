#include "tests/system/exec_scene.hpp"

#include <algorithm>
#include <utility>

#include "agent/base64.hpp"
#include "agent/wire/control.hpp"

namespace test {

namespace wire = agent::wire;

ExecScene::ExecScene(const std::string& settings, const Program::Arguments& starter)
    : agent_(server_.address(), "exec-1", settings, kExecAgentProgram, starter),
      session_(server_.connected()) {}

std::string ExecScene::send(const wire::Exec& exec) {
  const std::string tid = "20260301-00001-" + std::to_string(++sent_);
  session_.send(exec, tid);
  return tid;
}

void ExecScene::kill(std::int64_t pid) { session_.send(wire::ExecKill{pid}, "kill-" + std::to_string(pid)); }

TaskResult& ExecScene::wait_for_start(const std::string& tid) {
  while (!results_[tid].answered) receive();
  INFO(results_[tid].start.msg);
  REQUIRE(results_[tid].start.ok);
  return results_[tid];
}

TaskResult& ExecScene::wait_for_output(const std::string& tid, const std::string& text) {
  while (results_[tid].output.find(text) == std::string::npos) {
    INFO(results_[tid].output);
    REQUIRE_FALSE(results_[tid].over);
    receive();
  }
  return results_[tid];
}

TaskResult& ExecScene::wait_for_end(const std::string& tid) {
  while (!results_[tid].over) receive();
  return results_[tid];
}

void ExecScene::check_unharmed() {
  const TaskResult alive = run(shell_command("echo alive"));
  INFO(alive.start.msg);
  REQUIRE(alive.start.ok);
  CHECK(alive.output == "alive\r\n");
  CHECK(alive.end.code == 0);
}

void ExecScene::take(std::string text) {
  const agent::Envelope message = agent::Envelope::parse(std::move(text));
  if (message.type() == wire::AgentInfo::message.type) return;
  INFO("task " << message.tid() << ", type " << message.type() << " " << message.errmsg());
  TaskResult& result = results_[std::string(message.tid())];
  REQUIRE_FALSE(result.over);
  take(message, result);
}

void ExecScene::take(const agent::Envelope& message, TaskResult& result) {
  if (message.type() == wire::Execd::message.type) {
    REQUIRE_FALSE(result.answered);
    result.answered = true;
    result.start = message.payload<wire::Execd>();
    result.over = !result.start.ok;
    if (result.start.ok) most_at_once_ = std::max(most_at_once_, ++at_once_);
    return;
  }
  REQUIRE(result.answered);
  if (message.type() == wire::ExecDone::message.type) {
    result.end = message.payload<wire::ExecDone>();
    result.over = true;
    --at_once_;
    return;
  }
  REQUIRE(message.type() == wire::ExecData::message.type);
  const std::string piece = agent::decode_base64(message.payload<wire::ExecData>().data);
  result.output += piece;
  ++result.pieces;
  result.largest_piece = std::max(result.largest_piece, piece.size());
}

}  // namespace test

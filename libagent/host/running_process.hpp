// RunningProcess: what is behind Process: a child, its streams, its deadline and its end. Loop thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/process.hpp"
#include "base/text_decoder.hpp"
#include "host/child_streams.hpp"
#include "host/children.hpp"
#include "host/launch.hpp"
#include "host/password_prompt.hpp"

namespace agent::host {

class RunningProcess : public std::enable_shared_from_this<RunningProcess> {
 public:
  // As Process::Process().
  static std::shared_ptr<RunningProcess> start(std::shared_ptr<Children> children, ProcessOptions options);
  // Its owner is gone: kills what has not ended, and lets those go on who wait.
  void abandon();

  int pid() const { return tree_.root; }
  ChildStreams& streams() { return *streams_; }
  void close_input();
  bool kill_tree();

  static Task<std::string> read(std::shared_ptr<RunningProcess> self);
  static Task<ExitStatus> wait(std::shared_ptr<RunningProcess> self);

 private:
  using Clock = std::chrono::steady_clock;

  RunningProcess(std::shared_ptr<Children> children, ProcessOptions options, const Launch& launch);
  void spawn(SpawnPlan& plan);
  void on_end(int wait_status);
  void on_leader_end();
  bool is_over() const;

  void call_later(std::chrono::milliseconds delay, void (RunningProcess::*member)());
  void time_out();
  void begin_stop();
  void kill_now();
  void on_tree_gone(bool all);

  std::string to_text(std::optional<std::string> bytes);
  std::string without_prompt(const std::string& bytes, bool is_end);
  void answer_prompt();
  bool command_has_begun();

  std::shared_ptr<Children> children_;
  std::shared_ptr<ChildStreams> streams_;
  ProcessTree tree_;
  Asker asker_;
  std::string password_;
  std::optional<PasswordPrompt> prompt_;  // while a question may come
  std::optional<Clock::time_point> without_asker_since_;
  TextDecoder decoder_;
  std::chrono::milliseconds stop_grace_;
  asio::steady_timer deadline_;  // first the timeout, then the grace
  asio::steady_timer over_;      // never expires; cancelled when is_over()
  ExitStatus status_;
  Clock::time_point ended_at_;
  bool ended_ = false;
  bool has_leader_ = false;  // whoever leads the session of the terminal has not ended
  bool stopping_ = false;
  bool killing_ = false;
  bool tree_gone_ = false;
  bool abandoned_ = false;
};

}  // namespace agent::host

// TypedInput: what comes for a command while it runs: input, the size of its terminal, signals. Loop thread.
#pragma once

#include <agent/agent.hpp>
#include <agent/process.hpp>
#include <agent/wire/exec.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "input_queue.hpp"

class TypedInput : public std::enable_shared_from_this<TypedInput> {
 public:
  // The command has been asked for, and has not begun. Throws Errc::bad_message for input that is no
  // base64.
  TypedInput(agent::Agent& agent, const agent::wire::Exec& exec);
  TypedInput(const TypedInput&) = delete;
  TypedInput& operator=(const TypedInput&) = delete;

  // What came before that has waited. `process` lives until over().
  void begin(agent::Process& process);
  // The command is over, and so is its process.
  void over() { process_ = nullptr; }

  // Answers under `call`, now and as the program reads on. Never throws.
  void take(const agent::wire::ExecInput& message, const agent::Call& call);

 private:
  void look();
  static agent::Task<> write_all(std::shared_ptr<TypedInput> self);
  static agent::Task<bool> write_some(std::shared_ptr<TypedInput> self);
  void tell();
  void tell_if_worth_it();

  agent::Agent& agent_;
  InputQueue queue_;
  agent::Process* process_ = nullptr;
  std::optional<agent::wire::TerminalCells> size_;  // that came before the process
  std::optional<agent::Call> call_;                 // the newest one
  std::uint64_t told_until_ = agent::wire::kInputWindow;
  bool told_closed_ = false;
  bool is_writing_ = false;
  bool is_ended_ = false;
  std::shared_ptr<void> writer_;
};

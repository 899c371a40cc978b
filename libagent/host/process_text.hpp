// ProcessText: what a process writes, as text in UTF-8, and the answer to who asks for a password in it. Loop
// thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/text_decoder.hpp"
#include "host/child_streams.hpp"
#include "host/password_prompt.hpp"
#include "host/spawn_child.hpp"

namespace agent::host {

class ProcessText {
 public:
  // `streams` of a process that is about to start as `plan` says, from `options`. Throws Errc::bad_config for
  // an unknown charset.
  ProcessText(std::shared_ptr<ChildStreams> streams, const SpawnPlan& plan, ProcessOptions& options);
  ~ProcessText();  // forget_password()
  ProcessText(const ProcessText&) = delete;
  ProcessText& operator=(const ProcessText&) = delete;

  // The process has begun.
  void begin(int pid) { pid_ = pid; }

  // How long to wait for more before decode() with nothing: the answer to a question may be due.
  std::chrono::milliseconds limit() const;
  // The text that is complete. Without bytes: none have come.
  OutputPiece decode(OutputPiece piece);
  // At the end: what was held back as the beginning of something; "" the next time.
  OutputPiece last(Wanted wanted);

  // No input follows. Where a password may be asked for, the end of the input would be taken for the answer,
  // so it comes once the command has begun. `self` is who that question is for, if it still lives.
  static void close_input(const std::shared_ptr<ProcessText>& self);

  // What is typed is the command's, and no answer to a question for a password.
  bool takes_input() { return asker_ == Asker::nobody || command_has_begun(); }

  // Overwrites it. Any number of times.
  void forget_password();

 private:
  std::string without_prompt(const std::string& bytes, bool is_end);
  void answer_prompt();
  bool command_has_begun();

  std::shared_ptr<ChildStreams> streams_;
  Asker asker_;
  std::string password_;
  int pid_ = 0;
  std::optional<PasswordPrompt> prompt_;  // while a question may come
  // Processes take real time, whatever clock a test has.
  std::optional<std::chrono::steady_clock::time_point> without_asker_since_;
  TextDecoder output_decoder_;
  TextDecoder error_decoder_;
};

}  // namespace agent::host

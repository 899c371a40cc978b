#include "host/process_text.hpp"

#include <utility>

#include "host/process_table.hpp"

namespace agent::host {
namespace {

// A question is often seen before the terminal stops showing what is typed.
constexpr std::chrono::milliseconds kLookAgain{20};
// The program that asks may have a helper of its own for a moment, before the question.
constexpr std::chrono::milliseconds kHelperLimit{500};

const char* name_of(Asker asker) { return asker == Asker::sudo ? "sudo" : "su"; }

// The program may wait for an answer to what it has written so far.
TextDecoder::Tail tail_of(const ProcessOptions& options) {
  return options.interactive || options.input ? TextDecoder::Tail::passes : TextDecoder::Tail::waits;
}

// A write that no compiler leaves out.
void wipe(std::string& secret) {
  volatile char* const bytes = secret.data();
  for (std::size_t i = 0; i < secret.size(); ++i) bytes[i] = 0;
  secret.clear();
}

}  // namespace

ProcessText::ProcessText(std::shared_ptr<ChildStreams> streams, const SpawnPlan& plan,
                         ProcessOptions& options)
    : streams_(std::move(streams)),
      asker_(plan.asker),
      password_(std::move(options.password)),
      output_decoder_(options.charset, tail_of(options)),
      error_decoder_(options.charset, tail_of(options)) {
  if (asker_ != Asker::nobody) prompt_.emplace(plan.prompt, !password_.empty());
}

ProcessText::~ProcessText() { forget_password(); }

void ProcessText::forget_password() { wipe(password_); }

std::chrono::milliseconds ProcessText::limit() const {
  return prompt_ && prompt_->may_ask() ? kLookAgain : kNoLimit;
}

OutputPiece ProcessText::decode(OutputPiece piece) {
  if (prompt_) piece.text = without_prompt(piece.text, false);
  TextDecoder& decoder = piece.is_error ? error_decoder_ : output_decoder_;
  piece.text = decoder.decode(std::move(piece.text));
  return piece;
}

OutputPiece ProcessText::last(Wanted wanted) {
  OutputPiece piece;
  if (wanted != Wanted::error) {
    if (prompt_) piece.text = output_decoder_.decode(without_prompt("", true));
    piece.text += output_decoder_.finish();
  }
  if (piece.text.empty() && wanted != Wanted::output) {
    piece.text = error_decoder_.finish();
    piece.is_error = true;
  }
  return piece;
}

std::string ProcessText::without_prompt(const std::string& bytes, bool is_end) {
  prompt_->feed(bytes);
  answer_prompt();
  std::string shown = is_end ? prompt_->finish() : prompt_->take();
  if (prompt_->done()) prompt_.reset();
  return shown;
}

void ProcessText::answer_prompt() {
  if (!prompt_->may_ask()) return;
  const bool asker_is_in_front = asker_ == Asker::sudo || is_alone(pid_, "su");
  switch (prompt_->look(streams_->hides_input(), asker_is_in_front)) {
    case PasswordPrompt::Answer::none: break;
    case PasswordPrompt::Answer::password:
      password_ += '\n';
      streams_->type(password_);
      forget_password();
      break;
    case PasswordPrompt::Answer::end_of_file: streams_->type_end_of_file(); break;
  }
}

// sudo may have a terminal of its own for the command: then it takes each key from ours as it is, and passes
// it on.
void ProcessText::close_input(const std::shared_ptr<ProcessText>& self) {
  if (self->asker_ == Asker::nobody) return self->streams_->close_input();
  auto begun = [weak = std::weak_ptr(self)] {
    const auto text = weak.lock();
    return text && text->command_has_begun();
  };
  self->streams_->close_input(std::move(begun), self->asker_ == Asker::sudo);
}

// Nobody asks any more.
bool ProcessText::command_has_begun() {
  using RealClock = std::chrono::steady_clock;
  const bool asks = prompt_ && prompt_->may_ask();
  if (asks || !has_moved_on(pid_, name_of(asker_))) {
    without_asker_since_.reset();
    return false;
  }
  if (!without_asker_since_) without_asker_since_ = RealClock::now();
  return RealClock::now() - *without_asker_since_ >= kHelperLimit;
}

}  // namespace agent::host

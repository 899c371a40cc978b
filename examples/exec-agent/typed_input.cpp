#include "typed_input.hpp"

#include <agent/base64.hpp>
#include <agent/log.hpp>
#include <chrono>
#include <utility>

using agent::Error;
using agent::Task;
namespace wire = agent::wire;

namespace {

// What a server has room for before it hears of it: a word for each key would double the messages.
constexpr std::uint64_t kWorthTelling = 8 * 1024;

agent::TerminalSize to_size(const wire::TerminalCells& cells) {
  return {.columns = static_cast<int>(cells.cols), .rows = static_cast<int>(cells.rows)};
}

}  // namespace

TypedInput::TypedInput(agent::Agent& agent, const wire::Exec& exec)
    : agent_(agent), queue_(agent::decode_base64(exec.first_input), exec.input) {}

void TypedInput::begin(agent::Process& process) {
  process_ = &process;
  if (size_) process.resize(to_size(*size_));
  look();
}

void TypedInput::take(const wire::ExecInput& message, const agent::Call& call) {
  call_ = call;
  try {
    queue_.put(message.offset, agent::decode_base64(message.data), message.end);
  } catch (const Error& error) {
    agent::log::warn("task {}: input that cannot be read: {}", call.task_id(), error.what());
  }
  size_ = message.size ? message.size : size_;
  if (process_ != nullptr && message.size) process_->resize(to_size(*message.size));
  if (process_ != nullptr && !message.signal.empty()) process_->signal(message.signal);
  // A message that brings nothing asks how far we are.
  message.data.empty() ? tell() : tell_if_worth_it();
  look();
}

// One writes at a time.
void TypedInput::look() {
  if (process_ == nullptr || is_writing_ || is_ended_) return;
  if (queue_.is_empty() && !queue_.is_over()) return;
  is_writing_ = true;
  writer_ = agent_.repeat(std::chrono::nanoseconds(0), std::chrono::hours(24 * 365),
                          [self = shared_from_this()] { return write_all(self); });
}

Task<> TypedInput::write_all(std::shared_ptr<TypedInput> self) {
  for (bool more = true; more && self->process_ != nullptr && !self->queue_.is_empty();)
    more = co_await write_some(self);
  self->is_writing_ = false;
  if (self->process_ == nullptr || !self->queue_.is_over() || std::exchange(self->is_ended_, true)) co_return;
  self->process_->close_input();
}

Task<bool> TypedInput::write_some(std::shared_ptr<TypedInput> self) {
  std::string bytes = self->queue_.take();
  try {
    co_await self->process_->write(std::move(bytes));
    self->queue_.wrote();
  } catch (const Error&) {
    self->queue_.close();  // it has closed its input, or has ended
  }
  self->tell_if_worth_it();
  co_return !self->queue_.is_closed();
}

void TypedInput::tell_if_worth_it() {
  const bool is_news = queue_.is_closed() && !told_closed_;
  if (is_news || queue_.until() >= told_until_ + kWorthTelling) tell();
}

void TypedInput::tell() {
  if (!call_) return;
  told_until_ = queue_.until();
  told_closed_ = queue_.is_closed();
  call_->send(wire::ExecTaken{.got = queue_.got(), .until = told_until_, .closed = told_closed_});
}

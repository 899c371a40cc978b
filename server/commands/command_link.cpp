#include "commands/command_link.hpp"

#include <utility>

#include "agent/error.hpp"
#include "commands/command.hpp"

namespace server {
namespace {

// Bytes of messages on their way to the command; beyond, the session waits.
constexpr std::size_t kWaitingLimit = 1024 * 1024;

}  // namespace

CommandLink::CommandLink(std::shared_ptr<Command> command, std::shared_ptr<Session> session)
    : command_(std::move(command)), session_(std::move(session)), tid_(command_->id()) {}

void CommandLink::open(std::string request) {
  session_->home().mailbox().run([self = shared_from_this(), request = std::move(request)] {
    if (self->session_->is_open()) {
      self->session_->open(self, request);
    } else {
      self->end({CallResult::busy, agent::Error(agent::Errc::disconnected, "agent is gone")});
    }
  });
}

void CommandLink::join(std::string ack) {
  session_->home().mailbox().run([self = shared_from_this(), ack = std::move(ack)] {
    self->session_->join(self);
    self->session_->send(ack);
  });
}

void CommandLink::close() {
  session_->home().mailbox().run([self = shared_from_this()] { self->session_->leave(self->tid_); });
}

bool CommandLink::has_room(std::size_t) const {
  return waiting_bytes_ < kWaitingLimit && !command_->is_congested();
}

void CommandLink::put(agent::Envelope envelope, std::size_t bytes) {
  waiting_bytes_ += bytes;
  command_->home().mailbox().run([self = shared_from_this(), envelope = std::move(envelope), bytes] {
    self->command_->take(envelope);
    if (self->waiting_bytes_.fetch_sub(bytes) >= kWaitingLimit) self->session_->resume();
  });
}

void CommandLink::end(CallEnd end) {
  command_->home().mailbox().run(
      [self = shared_from_this(), end = std::move(end)] { self->command_->unlinked(*self, end); });
}

}  // namespace server

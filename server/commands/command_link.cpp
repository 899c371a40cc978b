#include "commands/command_link.hpp"

#include <utility>

#include "agent/error.hpp"
#include "commands/command.hpp"

namespace server {
CommandLink::CommandLink(std::shared_ptr<Command> command, std::shared_ptr<Session> session)
    : command_(std::move(command)), session_(std::move(session)) {}

const std::string& CommandLink::tid() const { return command_->id(); }

void CommandLink::open(std::string_view request) {
  if (session_->is_open()) {
    session_->open(shared_from_this(), request);
  } else {
    end({CallResult::busy, agent::Error(agent::Errc::disconnected, "agent is gone")});
  }
}

void CommandLink::join(std::string ack) {
  session_->join(shared_from_this());
  session_->send(std::move(ack));
}

// Also when the loops have ended: the session is over then, and not told.
void CommandLink::close() {
  session_->home().mailbox().run([self = shared_from_this()] { self->session_->leave(self->tid()); });
}

bool CommandLink::has_room(std::size_t) const { return !command_->is_congested(); }

// The session, and the command, may let go of it meanwhile.
void CommandLink::put(agent::Envelope envelope, std::size_t) {
  const auto self = shared_from_this();
  command_->take(envelope);
}

void CommandLink::end(CallEnd end) {
  const auto self = shared_from_this();
  command_->unlinked(*this, end);
}

}  // namespace server

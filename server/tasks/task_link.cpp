#include "tasks/task_link.hpp"

#include <utility>

#include "agent/error.hpp"
#include "tasks/durable_task.hpp"

namespace server {
namespace {

// Bytes of messages on their way to the task; beyond, the session waits.
constexpr std::size_t kWaitingLimit = 1024 * 1024;

}  // namespace

TaskLink::TaskLink(std::shared_ptr<DurableTask> task, std::shared_ptr<Session> session)
    : task_(std::move(task)), session_(std::move(session)), tid_(task_->id()) {}

void TaskLink::open(std::string request) {
  session_->home().mailbox().run([self = shared_from_this(), request = std::move(request)] {
    if (self->session_->is_open()) return self->session_->open(self, request);
    self->end({CallResult::busy, agent::Error(agent::Errc::disconnected, "agent is gone")});
  });
}

void TaskLink::join(std::string ack) {
  session_->home().mailbox().run([self = shared_from_this(), ack = std::move(ack)] {
    self->session_->join(self);
    self->session_->send(ack);
  });
}

void TaskLink::close() {
  session_->home().mailbox().run([self = shared_from_this()] { self->session_->leave(self->tid_); });
}

bool TaskLink::has_room(std::size_t) const {
  return waiting_bytes_ < kWaitingLimit && !task_->is_congested();
}

void TaskLink::put(agent::Envelope envelope, std::size_t bytes) {
  waiting_bytes_ += bytes;
  task_->home().mailbox().run([self = shared_from_this(), envelope = std::move(envelope), bytes] {
    self->task_->take(envelope);
    if (self->waiting_bytes_.fetch_sub(bytes) >= kWaitingLimit) self->session_->resume();
  });
}

void TaskLink::end(CallEnd end) {
  task_->home().mailbox().run(
      [self = shared_from_this(), end = std::move(end)] { self->task_->unlinked(*self, end); });
}

}  // namespace server

#include "files/agent_stream.hpp"

#include <utility>

#include "hub/loop_sessions.hpp"
#include "net/spawn.hpp"

namespace server {

using agent::Task;
using agent::net::BulkSink;
using agent::net::BulkSource;
using agent::net::BulkStreams;
using agent::net::Clock;

namespace {

// Streams live there.
agent::net::Loop& loop_of(Session& session) { return session.home().loop(); }

std::shared_ptr<BulkStreams> streams_of(Session& session) {
  if (std::shared_ptr<BulkStreams> streams = session.streams()) return streams;
  throw agent::Error(agent::Errc::disconnected, "agent is gone");
}

Task<> write_there(std::shared_ptr<BulkSink> sink, std::string bytes, Clock::time_point deadline) {
  co_await sink->write(std::move(bytes), deadline);
}

Task<std::string> read_there(std::shared_ptr<BulkSource> source, Clock::time_point deadline) {
  std::string bytes = co_await source->read(deadline);
  co_return bytes;
}

// Ends on the session's loop what belongs there.
template <class Stream>
void drop(Session& session, std::shared_ptr<Stream> stream) {
  session.home().mailbox().run([stream = std::move(stream)]() mutable { stream.reset(); });
}

}  // namespace

Task<std::shared_ptr<AgentSource>> AgentSource::open_there(std::shared_ptr<Session> session,
                                                           std::chrono::seconds step) {
  std::shared_ptr<AgentSource> stream(new AgentSource(session, step));
  std::shared_ptr<BulkStreams> streams = streams_of(*session);
  stream->number_ = streams->next_id();
  stream->source_ = std::make_shared<BulkSource>(std::move(streams), stream->number_);
  co_return stream;
}

Task<std::shared_ptr<AgentSource>> AgentSource::open(std::shared_ptr<Session> session,
                                                     std::chrono::seconds step) {
  return agent::net::on(loop_of(*session), open_there(session, step));
}

AgentSource::~AgentSource() {
  if (source_) drop(*session_, std::move(source_));
}

Task<std::string> AgentSource::read() {
  return agent::net::on(loop_of(*session_), read_there(source_, Clock::now() + step_));
}

Task<std::shared_ptr<AgentSink>> AgentSink::open_there(std::shared_ptr<Session> session,
                                                       std::chrono::seconds step) {
  std::shared_ptr<AgentSink> stream(new AgentSink(session, step));
  std::shared_ptr<BulkStreams> streams = streams_of(*session);
  stream->number_ = streams->next_id();
  stream->sink_ = std::make_shared<BulkSink>(std::move(streams), stream->number_);
  co_return stream;
}

Task<std::shared_ptr<AgentSink>> AgentSink::open(std::shared_ptr<Session> session,
                                                 std::chrono::seconds step) {
  return agent::net::on(loop_of(*session), open_there(session, step));
}

AgentSink::~AgentSink() {
  if (sink_) drop(*session_, std::move(sink_));
}

Task<> AgentSink::write(std::string bytes) {
  return agent::net::on(loop_of(*session_), write_there(sink_, std::move(bytes), Clock::now() + step_));
}

void AgentSink::end(std::string note) {
  session_->home().mailbox().run([sink = sink_, note = std::move(note)] { sink->end(note); });
}

void AgentSink::fail(std::string why) {
  session_->home().mailbox().run([sink = sink_, why = std::move(why)] { sink->fail(why); });
}

}  // namespace server

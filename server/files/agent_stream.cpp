#include "files/agent_stream.hpp"

#include <utility>

#include "hub/shard.hpp"

namespace server {

using agent::Task;
using agent::net::BulkSink;
using agent::net::BulkSource;
using agent::net::BulkStreams;
using agent::net::Clock;

namespace {

std::shared_ptr<BulkStreams> streams_of(Session& session) {
  if (std::shared_ptr<BulkStreams> streams = session.streams()) return streams;
  throw agent::Error(agent::Errc::disconnected, "agent is gone");
}

}  // namespace

Task<std::shared_ptr<AgentSource>> AgentSource::open(std::shared_ptr<Session> session,
                                                     std::chrono::seconds step) {
  std::shared_ptr<AgentSource> stream(new AgentSource(session, step));
  std::shared_ptr<BulkStreams> streams = streams_of(*session);
  stream->number_ = streams->next_id();
  stream->source_ = std::make_shared<BulkSource>(std::move(streams), stream->number_);
  co_return stream;
}

Task<std::string> AgentSource::read() { return source_->read(Clock::now() + step_); }

Task<std::shared_ptr<AgentSink>> AgentSink::open(std::shared_ptr<Session> session,
                                                 std::chrono::seconds step) {
  std::shared_ptr<AgentSink> stream(new AgentSink(session, step));
  std::shared_ptr<BulkStreams> streams = streams_of(*session);
  stream->number_ = streams->next_id();
  stream->sink_ = std::make_shared<BulkSink>(std::move(streams), stream->number_);
  co_return stream;
}

Task<> AgentSink::write(std::string bytes) { return sink_->write(std::move(bytes), Clock::now() + step_); }

void AgentSink::end(std::string note) { sink_->end(std::move(note)); }

void AgentSink::fail(std::string why) { sink_->fail(std::move(why)); }

}  // namespace server

#include "files/upload.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/data_codec.hpp"
#include "agent/wire/file.hpp"
#include "base/ascii_case.hpp"
#include "base/digest_source.hpp"
#include "files/agent_stream.hpp"
#include "hub/ask.hpp"
#include "order_error.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

// Bytes that are gathered for one step to the agent.
constexpr std::size_t kBatch = 256 * 1024;
// The agent may still be fetching when the time for its reply is over.
constexpr std::chrono::seconds kGrace{10};

wire::Upload message_for(UploadTarget target, std::uint64_t size, const agent::Md5::Value& md5) {
  wire::Upload message;
  message.dir = std::move(target.dir);
  message.name = std::move(target.name);
  message.mod = target.mode;
  message.own_user = std::move(target.own_user);
  message.own_group = std::move(target.own_group);
  message.size = size;
  message.md5 = md5;
  return message;
}

void check_md5(const std::string& expected, const agent::Md5::Value& md5) {
  if (expected.empty() || agent::equals_ignoring_case(expected, agent::hex(md5))) return;
  throw OrderError(Errc::bad_message, "bad param: md5:invalid checksum");
}

std::string path_of(const agent::Envelope& reply) {
  auto answer = reply_as<wire::UploadReply>(reply);
  if (!answer.ok) throw refusal(answer);
  return answer.dir;
}

// Continued: a content whose beginning has been read already.
class Continued final : public agent::ByteSource {
 public:
  Continued(std::string beginning, std::shared_ptr<agent::ByteSource> rest)
      : beginning_(std::move(beginning)), rest_(std::move(rest)) {}

  agent::Task<std::string> read() override {
    if (!beginning_.empty()) co_return std::exchange(beginning_, {});
    co_return co_await rest_->read();
  }

 private:
  std::string beginning_;
  const std::shared_ptr<agent::ByteSource> rest_;
};

// OfferGuard: takes an offer back whatever happens.
class OfferGuard {
 public:
  OfferGuard(Offers& offers, std::string id) : offers_(offers), id_(std::move(id)) {}
  ~OfferGuard() { offers_.remove(id_); }
  OfferGuard(const OfferGuard&) = delete;
  OfferGuard& operator=(const OfferGuard&) = delete;

 private:
  Offers& offers_;
  std::string id_;
};

// Lets the agent fetch what is stored.
agent::Task<std::string> offer(FileService* files, std::shared_ptr<Session> session, UploadTarget target,
                               std::shared_ptr<StoredSink> stored, agent::Md5::Value md5) {
  const std::chrono::seconds timeout = target.timeout;
  Call call(std::move(session), timeout);
  const OfferGuard guard(files->offers(), call.tid());
  const auto offered = files->offers().add(call.tid(), stored->file(), stored->size(),
                                           '"' + agent::hex(md5) + '"', Clock::now() + timeout + kGrace);
  wire::Upload message = message_for(std::move(target), stored->size(), md5);
  message.token = offered->token;
  message.uri = "/api/file/upload/" + call.tid();
  call.send(message);
  agent::Envelope reply = co_await call.next();
  co_return path_of(reply);
}

agent::Task<std::string> upload_stored(FileService* files, std::shared_ptr<Session> session,
                                       std::shared_ptr<ContentSource> source,
                                       std::shared_ptr<agent::ByteSource> content) {
  auto stored = std::make_shared<StoredSink>(files->pool(), files->cache_dir());
  std::shared_ptr<agent::ByteSink> sink = stored;
  co_await agent::pump(std::move(content), std::move(sink), agent::kNoLimit, kStoredBatch);
  const agent::Md5::Value md5 = stored->md5();
  check_md5(source->expected_md5(), md5);
  UploadTarget target = source->target();
  std::string path = co_await offer(files, std::move(session), std::move(target), std::move(stored), md5);
  co_return path;
}

// Passes the content on; false when the agent wants no more of it and says why in its reply.
agent::Task<bool> feed(std::shared_ptr<agent::DigestSource> content, std::shared_ptr<AgentSink> sink) {
  const std::shared_ptr<agent::ByteSource> from = std::move(content);
  const std::shared_ptr<agent::ByteSink> to = std::move(sink);
  try {
    co_await agent::pump(from, to, agent::kNoLimit, kBatch);
  } catch (const Error& error) {
    if (error.code() != Errc::refused) throw;
    co_return false;
  }
  co_return true;
}

agent::Task<std::string> upload_streamed(std::shared_ptr<Session> session,
                                         std::shared_ptr<ContentSource> source,
                                         std::shared_ptr<agent::ByteSource> content) {
  const UploadTarget target = source->target();
  std::shared_ptr<AgentSink> sink = co_await AgentSink::open(session, target.timeout);
  Call call(session, target.timeout);
  wire::Upload message = message_for(target, 0, {});
  message.stream = sink->number();
  call.send(message);
  auto digested = std::make_shared<agent::DigestSource>(std::move(content));
  const bool complete = co_await feed(digested, sink);
  if (complete) {
    const agent::Md5::Value md5 = digested->md5();
    check_md5(source->expected_md5(), md5);
    if (source->target() != target) {
      throw OrderError(Errc::bad_message,
                       "bad param: file: must come behind the fields that say where it goes");
    }
    sink->end(std::string(md5.begin(), md5.end()));
  }
  call.expires_at(Clock::now() + target.timeout);
  agent::Envelope reply = co_await call.next();
  co_return path_of(reply);
}

}  // namespace

agent::Task<std::string> upload_bytes(FileService* files, std::shared_ptr<Session> session,
                                      UploadTarget target, std::string content) {
  if (content.size() > kInlineMax) {
    throw Error(Errc::too_large,
                fmt::format("the content has {} bytes, more than {}", content.size(), kInlineMax));
  }
  const std::chrono::seconds timeout = target.timeout;
  auto encode = [&] {
    wire::Upload message = message_for(std::move(target), content.size(), agent::Md5::of(content));
    if (!content.empty()) message.data = agent::encode_data(content, agent::choose_data_form(content));
    return message;
  };
  wire::Upload message = co_await files->pool().run(encode);
  Call call(std::move(session), timeout);
  call.send(message);
  agent::Envelope reply = co_await call.next();
  co_return path_of(reply);
}

agent::Task<std::string> upload_content(FileService* files, std::shared_ptr<Session> session,
                                        std::shared_ptr<ContentSource> source) {
  std::shared_ptr<agent::ByteSource> content = source;
  std::string beginning = co_await agent::gather(content, kInlineMax + 1);
  std::string path;
  if (beginning.size() <= kInlineMax) {
    check_md5(source->expected_md5(), agent::Md5::of(beginning));
    UploadTarget target = source->target();
    path = co_await upload_bytes(files, std::move(session), std::move(target), std::move(beginning));
    co_return path;
  }
  const bool streams = session->has(wire::kStreamCapability) && source->is_target_known();
  content = std::make_shared<Continued>(std::move(beginning), source);
  if (streams) {
    path = co_await upload_streamed(std::move(session), std::move(source), std::move(content));
  } else {
    path = co_await upload_stored(files, std::move(session), std::move(source), std::move(content));
  }
  co_return path;
}

}  // namespace server

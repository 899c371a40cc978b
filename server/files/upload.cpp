#include "files/upload.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <utility>

#include "agent/data_codec.hpp"
#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "files/agent_stream.hpp"
#include "hub/ask.hpp"
#include "hub/refusal.hpp"
#include "order_error.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

// So much is gathered before it goes to the disk.
constexpr std::size_t kBatch = 256 * 1024;
// A piece of a request's body, as it comes from the network.
constexpr std::size_t kPieceMax = 64 * 1024;
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
  if (expected.empty() || strcasecmp(expected.c_str(), agent::hex(md5).c_str()) == 0) return;
  throw OrderError(Errc::bad_message, "bad param: md5:invalid checksum");
}

std::string path_of(const agent::Envelope& reply) {
  auto answer = reply_as<wire::UploadReply>(reply);
  if (!answer.ok) throw refusal(answer);
  return answer.dir;
}

// What has been stored for an agent to fetch.
struct Stored {
  std::shared_ptr<StoredFile> file;
  std::uint64_t size = 0;
  agent::Md5 digest;

  void append(std::string_view bytes) {
    file->write(size, bytes);
    digest.update(bytes);
    size += bytes.size();
  }
};

// Reads at least `wanted` bytes onto `batch`; false at the end of the content.
agent::Task<bool> gather(ContentSource* source, std::string* batch, std::size_t wanted, std::uint64_t* size) {
  batch->reserve(wanted + kPieceMax);
  while (batch->size() < wanted) {
    std::string piece = co_await source->read();
    if (piece.empty()) co_return false;
    *size += piece.size();
    *batch += piece;
  }
  co_return true;
}

agent::Task<std::shared_ptr<Stored>> store(FileService* files, ContentSource* source, std::string batch,
                                           std::uint64_t* size) {
  auto stored = std::make_shared<Stored>();
  auto create = [stored, directory = files->cache_dir()] {
    stored->file = std::make_shared<StoredFile>(directory);
    return true;
  };
  co_await files->pool().run(create);
  for (bool more = true; more;) {
    auto append = [stored, bytes = std::exchange(batch, {})] { return stored->append(bytes), true; };
    co_await files->pool().run(std::move(append));
    more = co_await gather(source, &batch, kBatch, size);
    if (more || batch.empty()) continue;
    auto rest = [stored, bytes = std::exchange(batch, {})] { return stored->append(bytes), true; };
    co_await files->pool().run(std::move(rest));
  }
  co_return stored;
}

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

agent::Task<std::string> offer(FileService* files, agent::net::Loop* loop, std::shared_ptr<Session> session,
                               UploadTarget target, std::shared_ptr<Stored> stored, agent::Md5::Value md5) {
  const std::chrono::seconds timeout = target.timeout;
  Call call(files->hub(), *loop, std::move(session), timeout);
  const OfferGuard guard(files->offers(), call.tid());
  const auto offered = files->offers().add(call.tid(), stored->file, stored->size,
                                           '"' + agent::hex(md5) + '"', Clock::now() + timeout + kGrace);
  wire::Upload message = message_for(std::move(target), stored->size, md5);
  message.token = offered->token;
  message.uri = "/api/file/upload/" + call.tid();
  call.send(message);
  agent::Envelope reply = co_await call.next();
  co_return path_of(reply);
}

agent::Task<std::string> upload_stored(FileService* files, agent::net::Loop* loop,
                                       std::shared_ptr<Session> session, ContentSource* source,
                                       std::string beginning, std::uint64_t* size) {
  std::shared_ptr<Stored> stored = co_await store(files, source, std::move(beginning), size);
  const agent::Md5::Value md5 = stored->digest.finish();
  check_md5(source->expected_md5(), md5);
  UploadTarget target = source->target();
  std::string path =
      co_await offer(files, loop, std::move(session), std::move(target), std::move(stored), md5);
  co_return path;
}

// Passes the content on; false when the agent wants no more of it and says why in its reply.
agent::Task<bool> feed(AgentSink* sink, ContentSource* source, std::string batch, agent::Md5* digest,
                       std::uint64_t* size, std::chrono::seconds timeout) {
  for (bool more = true; more;) {
    digest->update(batch);
    const Clock::time_point deadline = Clock::now() + timeout;
    try {
      co_await sink->write(std::move(batch), deadline);
    } catch (const Error& error) {
      if (error.code() != Errc::refused) throw;
      co_return false;
    }
    batch.clear();
    co_await gather(source, &batch, kBatch, size);
    more = !batch.empty();
  }
  co_return true;
}

agent::Task<std::string> upload_streamed(FileService* files, agent::net::Loop* loop,
                                         std::shared_ptr<Session> session, ContentSource* source,
                                         std::string beginning, std::uint64_t* size) {
  const UploadTarget target = source->target();
  std::unique_ptr<AgentSink> sink = co_await AgentSink::open(session);
  Call call(files->hub(), *loop, session, target.timeout);
  wire::Upload message = message_for(target, 0, {});
  message.stream = sink->number();
  call.send(message);
  agent::Md5 digest;
  const bool complete =
      co_await feed(sink.get(), source, std::move(beginning), &digest, size, target.timeout);
  if (complete) {
    const agent::Md5::Value md5 = digest.finish();
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

agent::Task<std::string> upload_bytes(FileService* files, agent::net::Loop* loop,
                                      std::shared_ptr<Session> session, UploadTarget target,
                                      std::string content) {
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
  Call call(files->hub(), *loop, std::move(session), timeout);
  call.send(message);
  agent::Envelope reply = co_await call.next();
  co_return path_of(reply);
}

agent::Task<std::string> upload_content(FileService* files, agent::net::Loop* loop,
                                        std::shared_ptr<Session> session, ContentSource* source,
                                        std::uint64_t* size) {
  std::string beginning;
  const bool more = co_await gather(source, &beginning, kInlineMax + 1, size);
  std::string path;
  if (more && session->has(wire::kStreamCapability) && source->is_target_known()) {
    path = co_await upload_streamed(files, loop, std::move(session), source, std::move(beginning), size);
  } else if (more) {
    path = co_await upload_stored(files, loop, std::move(session), source, std::move(beginning), size);
  } else {
    check_md5(source->expected_md5(), agent::Md5::of(beginning));
    UploadTarget target = source->target();
    path = co_await upload_bytes(files, loop, std::move(session), std::move(target), std::move(beginning));
  }
  co_return path;
}

}  // namespace server

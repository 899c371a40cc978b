#include "send_file.hpp"

#include <agent/data_codec.hpp>
#include <agent/pump.hpp>
#include <agent/stream.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wire = agent::wire;

namespace {

constexpr std::size_t kBlock = 32 * 1024;   // raw bytes of a message, as originals send them
constexpr std::size_t kBlocksAtOnce = 8;    // read and encoded in one go, off the loop
constexpr std::size_t kPiece = 256 * 1024;  // of a stream
constexpr std::size_t kDigestStep = 16 * 1024 * 1024;
// Bytes of the beginning that go with a later part: enough to tell the type.
constexpr std::size_t kBeginning = 512;

// Whether all of a file is not wanted, and neither its content nor its tag rule a part out.
bool wants_part(const wire::DownloadRequest& request, const std::string& etag) {
  const bool is_part = request.offset != 0 || request.length != 0 || request.last != 0;
  const bool is_right = request.if_etag.empty() || request.if_etag == etag;
  return is_part && !etag.empty() && is_right;
}

// Sets offset and length as they are asked for, within the file.
void set_part(wire::DownloadReply& reply, const wire::DownloadRequest& request) {
  reply.part = true;
  if (request.last != 0) {
    reply.length = std::min(request.last, reply.size);
    reply.offset = reply.size - reply.length;
  } else {
    reply.offset = std::min(request.offset, reply.size);
    reply.length = reply.size - reply.offset;
    if (request.length != 0) reply.length = std::min(reply.length, request.length);
  }
}

// FileContent: a file, or the part of it that was selected, read off the loop and added to its digest.
class FileContent final : public agent::ByteSource {
 public:
  FileContent(agent::Agent& agent, std::shared_ptr<agent::SourceFile> file)
      : agent_(agent), file_(std::move(file)) {}

  agent::Task<std::string> read() override {
    auto work = [file = file_] { return file->read_into_digest(kPiece); };
    return agent_.offload(work);
  }

 private:
  agent::Agent& agent_;
  const std::shared_ptr<agent::SourceFile> file_;
};

// Sending: one file on its way.
class Sending {
 public:
  Sending(FileArea& area, wire::DownloadRequest request, agent::Call call)
      : area_(area), request_(std::move(request)), call_(std::move(call)) {}

  // Throws when there is nothing to send.
  agent::Task<> open();
  // What travels first. The digest of a stream comes at its end.
  agent::Task<wire::DownloadReply> announce_stream();
  agent::Task<wire::DownloadReply> announce_blocks();

  agent::Task<> send_blocks();
  agent::Task<> send_stream(std::shared_ptr<agent::OutgoingStream> stream);

 private:
  wire::DownloadReply announce() const;
  void select_part(wire::DownloadReply& reply);
  void read_blocks();
  agent::Task<> digest();

  FileArea& area_;
  const wire::DownloadRequest request_;
  agent::Call call_;
  std::shared_ptr<agent::SourceFile> file_;
  std::vector<wire::DownloadData> blocks_;
  std::uint64_t offset_ = 0;
};

agent::Task<> Sending::open() {
  std::function<void()> begin = [this] {
    const std::string path = asked_path(request_.dir, request_.encoded);
    file_ = std::make_shared<agent::SourceFile>(path, area_.allowed());
  };
  co_await area_.agent.offload(begin);
}

wire::DownloadReply Sending::announce() const {
  wire::DownloadReply reply;
  reply.dir = request_.dir;
  reply.ok = true;
  reply.size = file_->size();
  return reply;
}

void Sending::select_part(wire::DownloadReply& reply) {
  set_part(reply, request_);
  if (reply.offset > 0) {
    const std::string beginning = file_->read(kBeginning);
    reply.beginning = agent::encode_data(beginning, agent::choose_data_form(beginning));
  }
  file_->select(reply.offset, reply.length);
}

agent::Task<wire::DownloadReply> Sending::announce_stream() {
  wire::DownloadReply reply = announce();
  reply.etag = file_->etag();
  if (!reply.etag.empty()) reply.mod_time = file_->modified();
  std::function<void()> select = [&] { select_part(reply); };
  if (wants_part(request_, reply.etag)) co_await area_.agent.offload(select);
  co_return reply;
}

agent::Task<wire::DownloadReply> Sending::announce_blocks() {
  co_await digest();
  wire::DownloadReply reply = announce();
  reply.block_size = kBlock;
  reply.md5 = file_->md5();
  co_return reply;
}

// In steps, so that it ends when nobody waits for it any more.
agent::Task<> Sending::digest() {
  bool more = true;
  auto step = [this] { return file_->digest(kDigestStep); };
  while (more && !call_.cancelled()) more = co_await area_.agent.offload(step);
  file_->rewind();
}

// An empty file has one empty block: some servers look at the size only when a block comes.
void Sending::read_blocks() {
  blocks_.clear();
  do {
    std::string raw = file_->read(kBlock);
    std::string data = agent::encode_data(raw, agent::choose_data_form(raw));
    blocks_.push_back({.offset = offset_, .data = std::move(data)});
    offset_ += raw.size();
  } while (blocks_.size() < kBlocksAtOnce && offset_ < file_->size());
}

agent::Task<> Sending::send_blocks() {
  std::function<void()> read = [this] { read_blocks(); };
  do {
    co_await area_.agent.offload(read);
    for (const wire::DownloadData& block : blocks_) {
      co_await call_.idle();
      call_.send(block);
    }
  } while (offset_ < file_->size());
}

agent::Task<> Sending::send_stream(std::shared_ptr<agent::OutgoingStream> stream) {
  const std::shared_ptr<agent::ByteSource> content = std::make_shared<FileContent>(area_.agent, file_);
  const std::shared_ptr<agent::ByteSink> sink = stream;
  co_await agent::pump(content, sink);
  bool more = true;
  auto verify = [this] { return file_->verify(kDigestStep); };
  do {
    more = co_await area_.agent.offload(verify);
  } while (more && !call_.cancelled());
  const agent::wire::Md5 md5 = file_->md5();
  stream->end(std::string(md5.begin(), md5.end()));
}

agent::Task<> serve_stream(std::shared_ptr<Sending> sending, std::uint32_t number, agent::Call call) {
  auto stream = std::make_shared<agent::OutgoingStream>(call, number);
  co_await sending->open();
  wire::DownloadReply reply = co_await sending->announce_stream();
  call.send(reply);
  std::string failure;
  try {
    co_await sending->send_stream(stream);
    co_return;
  } catch (const agent::Error& error) {
    failure = error.text();
  }
  stream->fail(failure);
}

agent::Task<> serve_blocks(std::shared_ptr<Sending> sending, agent::Call call) {
  co_await sending->open();
  wire::DownloadReply reply = co_await sending->announce_blocks();
  call.send(reply);
  wire::DownloadError failure;
  try {
    co_await sending->send_blocks();
    co_return;
  } catch (const agent::Error& error) {
    failure.msg = error.text();
  }
  call.send(failure);
}

}  // namespace

agent::Task<> send_file(FileArea* area, wire::DownloadRequest request, agent::Call call) {
  wire::DownloadReply refusal;
  try {
    const agent::Turns::Turn turn = co_await take_transfer_turn(area, call, 0);
    auto sending = std::make_shared<Sending>(*area, request, call);
    if (request.stream != 0) {
      co_await serve_stream(sending, request.stream, call);
    } else {
      co_await serve_blocks(sending, call);
    }
    co_return;
  } catch (const agent::Error& error) {
    refusal.msg = error.text();
    refusal.too_many = error.code() == agent::Errc::too_many;
  }
  refusal.dir = request.dir;
  call.send(refusal);
}

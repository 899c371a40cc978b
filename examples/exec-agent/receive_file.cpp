#include "receive_file.hpp"

#include <agent/data_codec.hpp>
#include <agent/fetch.hpp>
#include <agent/log.hpp>
#include <agent/pump.hpp>
#include <agent/stream.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace wire = agent::wire;
using agent::Errc;
using agent::Error;

namespace {

constexpr std::string_view kTemporary = "$$TMP$$";
// Bytes per disk write.
constexpr std::size_t kBatch = 256 * 1024;
// Bytes of content within the message; originals send up to 1 MiB so.
constexpr std::size_t kMaxInline = 16 * 1024 * 1024;

// Receiving: one file on its way; where its content goes.
class Receiving final : public agent::ByteSink, public std::enable_shared_from_this<Receiving> {
 public:
  Receiving(FileArea& area, wire::Upload request, agent::Call call)
      : area_(area), request_(std::move(request)), call_(std::move(call)) {
    if (is_stream()) stream_ = std::make_shared<agent::IncomingStream>(call_, request_.stream);
  }
  ~Receiving() override;
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;

  // The path that was written.
  agent::Task<std::string> run();
  // Writes off the loop. Throws what keeps it from being written, disconnected once nobody waits for it.
  agent::Task<> write(std::string bytes) override;
  std::uint64_t size() const { return request_.size; }

 private:
  agent::Task<> fetch();
  agent::Task<> receive_stream();

  bool is_stream() const { return request_.stream != 0; }
  bool is_temporary() const { return request_.dir == kTemporary; }
  void create();
  void write_inline();
  void append(std::string_view bytes);
  void finish();

  FileArea& area_;
  wire::Upload request_;
  agent::Call call_;
  std::shared_ptr<agent::IncomingStream> stream_;  // destroyed early, it tells the server to stop
  std::unique_ptr<agent::TargetFile> target_;
  std::string private_directory_;  // for $$TMP$$, until the file is there
};

Receiving::~Receiving() {
  target_.reset();
  if (!private_directory_.empty()) area_.uploads.give_up(private_directory_);
}

void Receiving::create() {
  agent::FileOwnership ownership;
  ownership.mode = request_.mod;
  ownership.user = request_.own_user;
  ownership.group = request_.own_group;
  if (is_temporary()) private_directory_ = area_.uploads.make();
  const std::string& directory = is_temporary() ? private_directory_ : request_.dir;
  agent::AllowedDirectories allowed = is_temporary() ? agent::AllowedDirectories() : area_.allowed();
  target_ = std::make_unique<agent::TargetFile>(directory, request_.name, ownership, allowed);
}

void Receiving::append(std::string_view bytes) {
  if (!is_stream() && bytes.size() > request_.size - target_->size()) {
    throw Error(Errc::bad_message, fmt::format("more than the announced {} bytes", request_.size));
  }
  target_->write(bytes);
}

void Receiving::write_inline() {
  if (request_.data.empty()) return;
  append(agent::decode_data(request_.data, kMaxInline));
  request_.data.clear();
}

// The old file is still there, and stays if this throws.
void Receiving::finish() {
  if (target_->size() != request_.size) {
    throw Error(Errc::bad_message,
                fmt::format("{} bytes instead of the announced {}", target_->size(), request_.size));
  }
  if (request_.size > 0 && target_->md5() != request_.md5) throw Error(Errc::bad_message, "invalid checksum");
  target_->commit();
  if (is_temporary()) area_.uploads.received(target_->path());
  private_directory_.clear();
}

agent::Task<> Receiving::write(std::string bytes) {
  std::function<void()> work = [this, &bytes] { append(bytes); };
  co_await area_.agent.offload(work);
  if (call_.cancelled()) throw Error(Errc::disconnected, "the session has ended");
}

agent::Task<> Receiving::fetch() {
  auto content = std::make_shared<agent::Fetch>(area_.agent, request_.uri);
  if (!request_.token.empty()) content->set_header("X-Token", request_.token);
  co_await content->open();
  if (content->length().value_or(request_.size) != request_.size) {
    throw Error(Errc::bad_message, fmt::format("{} bytes are offered instead of the announced {}",
                                               *content->length(), request_.size));
  }
  const std::shared_ptr<agent::ByteSource> from = std::move(content);
  const std::shared_ptr<agent::ByteSink> file = shared_from_this();
  co_await agent::pump(from, file, agent::kNoLimit, kBatch);
}

// Size and digest come at the end.
agent::Task<> Receiving::receive_stream() {
  const std::shared_ptr<agent::ByteSource> from = stream_;
  const std::shared_ptr<agent::ByteSink> file = shared_from_this();
  request_.size = co_await agent::pump(from, file);
  const std::string& digest = stream_->note();
  if (digest.size() != request_.md5.size())
    throw Error(Errc::bad_message, "the stream ends without a digest");
  std::copy(digest.begin(), digest.end(), request_.md5.begin());
}

agent::Task<std::string> Receiving::run() {
  std::function<void()> begin = [this] { create(); };
  std::function<void()> take = [this] { write_inline(); };
  std::function<void()> end = [this] { finish(); };
  co_await area_.agent.offload(begin);
  if (is_stream()) {
    co_await receive_stream();
  } else if (request_.uri.empty()) {
    co_await area_.agent.offload(take);
  } else {
    co_await fetch();
  }
  co_await area_.agent.offload(end);
  co_return target_->path();
}

}  // namespace

agent::Task<> receive_file(FileArea* area, wire::Upload request, agent::Call call) {
  wire::UploadReply reply;
  reply.dir = request.dir + "/" + request.name;
  try {
    const std::size_t waiting = request.data.size();
    // Before it waits: what the server sends is for it.
    auto receiving = std::make_shared<Receiving>(*area, std::move(request), call);
    const agent::Turns::Turn turn = co_await take_transfer_turn(area, call, waiting);
    reply.dir = co_await receiving->run();
    reply.ok = true;
    agent::log::info("received {}: {} bytes", reply.dir, receiving->size());
  } catch (const Error& error) {
    reply.msg = error.text();
    reply.too_many = error.code() == Errc::too_many;
    agent::log::warn("upload to {} failed: {}", reply.dir, reply.msg);
  }
  call.send(reply);
}

#include "files/download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/data_codec.hpp"
#include "agent/path_text.hpp"
#include "base/digest_source.hpp"
#include "base/utf8.hpp"
#include "files/agent_stream.hpp"
#include "files/block_source.hpp"
#include "hub/ask.hpp"

namespace server {

using agent::Errc;
using agent::Error;
namespace wire = agent::wire;

namespace {

// Bytes of the file before a part; agents send less.
constexpr std::size_t kFirstBytesMax = 4096;
constexpr std::size_t kEntityTagMax = 256;

wire::DownloadRequest request_for(const DownloadOrder& order) {
  wire::DownloadRequest request;
  request.encoded = !agent::is_utf8(order.path);
  request.dir = agent::path_text(order.path);
  return request;
}

// It becomes a header of the reply (RFC 9110, 8.8.3).
bool is_entity_tag(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  const auto is_inside = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != ','; };
  return tag.size() >= 2 && tag.size() <= kEntityTagMax && tag.front() == '"' && tag.back() == '"' &&
         std::all_of(tag.begin() + 1, tag.end() - 1, is_inside);
}

}  // namespace

struct Download::State {
  State(FileService& the_files, std::shared_ptr<Session> the_session, std::chrono::seconds the_timeout)
      : files(the_files),
        session(std::move(the_session)),
        timeout(the_timeout),
        call(std::make_shared<Call>(session, timeout, kBlockLimits)) {}

  FileService& files;
  std::shared_ptr<Session> session;
  const std::chrono::seconds timeout;
  std::shared_ptr<Call> call;
  std::shared_ptr<AgentSource> stream;           // null: it comes in blocks
  std::shared_ptr<agent::DigestSource> content;  // of the stream or the blocks
  wire::DownloadReply info;
  DownloadFacts facts;
  std::string first_bytes;  // of a part that begins later
  std::string beginning;    // received and not read yet
  std::string held;         // the last piece, while the digest is not known to be right
  bool checked = false;
};

Download::Download(FileService& files, std::shared_ptr<Session> session, std::chrono::seconds timeout)
    : state_(std::make_unique<State>(files, std::move(session), timeout)) {}

Download::~Download() = default;

const DownloadFacts& Download::facts() const { return state_->facts; }

const std::string& Download::beginning() const {
  return state_->first_bytes.empty() ? state_->beginning : state_->first_bytes;
}

agent::Task<> Download::ask(DownloadOrder order) {
  State& state = *state_;
  wire::DownloadRequest request = request_for(order);
  if (state.session->has(wire::kStreamCapability)) {
    state.stream = co_await AgentSource::open(state.session, state.timeout);
    request.stream = state.stream->number();
    request.offset = order.first;
    request.length = order.length;
    request.last = order.last;
    request.if_etag = std::move(order.if_etag);
  }
  state.call->send(request);
  agent::Envelope reply = co_await state.call->next();
  state.info = reply_as<wire::DownloadReply>(reply);
  if (state.stream || !state.info.ok) state.call->done();  // a stream has ways of its own to end
  if (!state.info.ok) throw refusal(state.info);
  learn(state.info);
  std::shared_ptr<agent::ByteSource> source = state.stream;
  if (!source) {
    source = std::make_shared<BlockSource>(state.files, state.call, state.info, state.timeout);
  }
  state.content = std::make_shared<agent::DigestSource>(std::move(source));
}

void Download::learn(const wire::DownloadReply& reply) {
  DownloadFacts& facts = state_->facts;
  facts.size = facts.end = reply.size;
  if (!state_->stream) return;
  if (!reply.etag.empty() && !is_entity_tag(reply.etag)) throw Error(Errc::bad_message, "invalid etag");
  facts.etag = reply.etag;
  if (reply.mod_time)
    facts.modified = std::chrono::sys_seconds(std::chrono::seconds(reply.mod_time->seconds));
  if (!reply.part) return;
  if (reply.offset > reply.size || reply.length > reply.size - reply.offset) {
    throw Error(Errc::bad_message, "a part that is not within the file");
  }
  facts.is_part = true;
  facts.begin = reply.offset;
  facts.end = reply.offset + reply.length;
  if (!reply.beginning.empty()) state_->first_bytes = agent::decode_data(reply.beginning, kFirstBytesMax);
}

agent::Task<> Download::begin() {
  State& state = *state_;
  const bool whole = state.facts.end - state.facts.begin <= kCheckedFirst;
  do {
    std::string piece = co_await next();
    if (piece.empty()) break;
    state.beginning += piece;
  } while (whole);
}

// The next piece but for the last one, which comes once all is known to be right.
agent::Task<std::string> Download::next() {
  State& state = *state_;
  const std::uint64_t announced = state.facts.end - state.facts.begin;
  while (!state.checked) {
    std::string piece = co_await state.content->read();
    if (piece.empty()) {
      check();
      break;
    }
    if (state.content->size() > announced) {
      throw Error(Errc::bad_message, fmt::format("more data than the announced {} bytes", announced));
    }
    std::swap(piece, state.held);
    if (!piece.empty()) co_return piece;
  }
  co_return std::exchange(state.held, {});
}

void Download::check() {
  State& state = *state_;
  const std::uint64_t announced = state.facts.end - state.facts.begin;
  if (state.content->size() != announced) {
    throw Error(Errc::bad_message,
                fmt::format("{} bytes instead of the announced {}", state.content->size(), announced));
  }
  const agent::Md5::Value md5 = state.content->md5();
  const std::string text(md5.begin(), md5.end());
  const bool right = state.stream ? state.stream->note() == text : md5 == state.info.md5;
  if (!right) throw Error(Errc::bad_message, "invalid checksum");
  state.checked = true;
}

agent::Task<std::string> Download::read() {
  if (!state_->beginning.empty()) co_return std::exchange(state_->beginning, {});
  std::string piece = co_await next();
  co_return piece;
}

}  // namespace server

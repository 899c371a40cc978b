#include "files/download.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "files/agent_stream.hpp"
#include "files/blocks.hpp"
#include "hub/ask.hpp"
#include "hub/refusal.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

struct Download::State {
  State(FileService& the_files, agent::net::Loop& the_loop, std::shared_ptr<Session> the_session,
        std::chrono::seconds the_timeout)
      : files(the_files),
        loop(the_loop),
        session(std::move(the_session)),
        timeout(the_timeout),
        call(std::make_shared<Call>(files.hub(), loop, session, timeout, kBlockLimits)) {}

  FileService& files;
  agent::net::Loop& loop;
  std::shared_ptr<Session> session;
  const std::chrono::seconds timeout;
  std::shared_ptr<Call> call;
  std::unique_ptr<AgentSource> stream;  // this or that
  std::shared_ptr<Blocks> blocks;
  wire::DownloadReply info;
  agent::Md5 digest;
  std::uint64_t received = 0;
  std::string beginning;  // received and not read yet
  std::string held;       // the last piece, while the digest is not known to be right
  bool checked = false;
};

Download::Download(FileService& files, agent::net::Loop& loop, std::shared_ptr<Session> session,
                   std::chrono::seconds timeout)
    : state_(std::make_unique<State>(files, loop, std::move(session), timeout)) {}

Download::~Download() {
  if (state_->blocks) state_->blocks->stop();
}

std::uint64_t Download::size() const { return state_->info.size; }
const std::string& Download::beginning() const { return state_->beginning; }

agent::Task<> Download::open(std::string path) {
  State& state = *state_;
  wire::DownloadRequest request;
  request.dir = std::move(path);
  if (state.session->has(wire::kStreamCapability)) {
    state.stream = co_await AgentSource::open(state.session);
    request.stream = state.stream->number();
  }
  state.call->send(request);
  agent::Envelope reply = co_await state.call->next();
  state.info = reply_as<wire::DownloadReply>(reply);
  if (!state.info.ok) throw refusal(state.info.msg);
  if (!state.stream) {
    state.blocks = std::make_shared<Blocks>(state.files, state.loop, state.call, state.info, state.timeout);
    state.blocks->start();
  }
  const bool whole = state.info.size <= kCheckedFirst;
  do {
    std::string piece = co_await next();
    if (piece.empty()) break;
    state.beginning += piece;
  } while (whole);
}

// The next piece but for the last one, which comes once all is known to be right.
agent::Task<std::string> Download::next() {
  State& state = *state_;
  while (!state.checked) {
    std::string piece = co_await receive();
    if (piece.empty()) {
      check();
      break;
    }
    if (piece.size() > state.info.size - state.received) {
      throw Error(Errc::bad_message, fmt::format("more data than the announced {} bytes", state.info.size));
    }
    state.digest.update(piece);
    state.received += piece.size();
    std::swap(piece, state.held);
    if (!piece.empty()) co_return piece;
  }
  co_return std::exchange(state.held, {});
}

agent::Task<std::string> Download::receive() {
  if (state_->blocks) return state_->blocks->read();
  return state_->stream->read(Clock::now() + state_->timeout);
}

void Download::check() {
  State& state = *state_;
  if (state.received != state.info.size) {
    throw Error(Errc::bad_message,
                fmt::format("{} bytes instead of the announced {}", state.received, state.info.size));
  }
  const agent::Md5::Value md5 = state.digest.finish();
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

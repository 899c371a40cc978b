#include "files/download.hpp"

#include <optional>
#include <utility>

#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "files/blocks.hpp"
#include "hub/ask.hpp"

namespace server {

using agent::Errc;
using agent::Error;
namespace wire = agent::wire;

struct Download::State {
  State(FileService& the_files, agent::net::Loop& the_loop, std::shared_ptr<Session> session,
        std::chrono::seconds the_timeout)
      : files(the_files),
        loop(the_loop),
        timeout(the_timeout),
        call(std::make_shared<Call>(files.hub(), loop, std::move(session), timeout, kBlockLimits)) {}

  FileService& files;
  agent::net::Loop& loop;
  const std::chrono::seconds timeout;
  std::shared_ptr<Call> call;
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
  state.call->send(request);
  agent::Envelope reply = co_await state.call->next();
  state.info = reply_as<wire::DownloadReply>(reply);
  if (!state.info.ok) throw Error(Errc::refused, state.info.msg);
  state.blocks = std::make_shared<Blocks>(state.files, state.loop, state.call, state.info, state.timeout);
  state.blocks->start();
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
    std::string piece = co_await state.blocks->read();
    state.digest.update(piece);
    state.received += piece.size();
    std::swap(piece, state.held);
    if (state.received == state.info.size) check();
    if (!piece.empty()) co_return piece;
  }
  co_return std::exchange(state.held, {});
}

void Download::check() {
  if (state_->digest.finish() != state_->info.md5) throw Error(Errc::bad_message, "invalid checksum");
  state_->checked = true;
}

agent::Task<std::string> Download::read() {
  if (!state_->beginning.empty()) co_return std::exchange(state_->beginning, {});
  std::string piece = co_await next();
  co_return piece;
}

}  // namespace server

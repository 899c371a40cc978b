#include "file_requests.hpp"

#include <fmt/format.h>

#include <agent/error.hpp>
#include <agent/path_text.hpp>
#include <functional>
#include <string>
#include <utility>

namespace {

// Nothing stays much longer than kLongestUploadStay.
constexpr std::chrono::hours kUploadLook{1};

// WaitingContent: counts what a transfer holds while it waits.
class WaitingContent {
 public:
  WaitingContent(ServedFiles& files, std::size_t size) : files_(files), size_(size) {
    const bool at_once = files.transfers.taken() < kMaxTransfers;
    if (!at_once && files.waiting_content + size > kMaxWaitingContent) {
      throw agent::Error(agent::Errc::busy, "too much content waits");
    }
    files.waiting_content += size;
  }
  ~WaitingContent() { files_.waiting_content -= size_; }
  WaitingContent(const WaitingContent&) = delete;
  WaitingContent& operator=(const WaitingContent&) = delete;

 private:
  ServedFiles& files_;
  std::size_t size_;
};

agent::Task<> remove_old_uploads(ServedFiles* files) {
  std::function<void()> remove = [files] { files->uploads.remove_old(); };
  co_await files->agent.offload(remove);
}

}  // namespace

agent::Task<agent::Turns::Turn> take_transfer_turn(ServedFiles* files, agent::Call call,
                                                   std::size_t content) {
  agent::Turns::Turn turn;
  try {
    const WaitingContent waiting(*files, content);
    turn = co_await files->transfers.take(kLongestTransferWait);
  } catch (const agent::Error& error) {
    throw agent::Error(
        agent::Errc::too_many,
        fmt::format("too many files are being transferred (limit {}): {}", kMaxTransfers, error.what()));
  }
  if (call.cancelled()) throw agent::Error(agent::Errc::disconnected, "the session has ended");
  co_return turn;
}

std::string asked_path(const std::string& path, bool is_encoded) {
  return is_encoded ? agent::path_bytes(path) : agent::find_shown_path(path);
}

void add_file_handlers(ServedFiles& files) {
  using agent::Call;
  namespace wire = agent::wire;
  files.agent.config(files.rules);
  files.agent.on<wire::LsRequest>([&files](wire::LsRequest request, Call call) {
    return list_files(&files, std::move(request), std::move(call));
  });
  files.agent.on<wire::Upload>([&files](wire::Upload request, Call call) {
    return receive_file(&files, std::move(request), std::move(call));
  });
  files.agent.on<wire::DownloadRequest>([&files](wire::DownloadRequest request, Call call) {
    return send_file(&files, std::move(request), std::move(call));
  });
  files.agent.on_start(remove_left_uploads);
  files.agent.every(kUploadLook, [&files] { return remove_old_uploads(&files); });
}

#include "file_requests.hpp"

#include <fmt/format.h>

#include <agent/error.hpp>
#include <agent/path_text.hpp>
#include <functional>
#include <string>
#include <utility>

#include "list_files.hpp"
#include "receive_file.hpp"
#include "send_file.hpp"

namespace {

// Nothing stays much longer than kLongestUploadStay.
constexpr std::chrono::hours kUploadLook{1};

// WaitingContent: counts what a transfer holds while it waits.
class WaitingContent {
 public:
  WaitingContent(FileArea& area, std::size_t size) : area_(area), size_(size) {
    const bool at_once = area.transfers.taken() < kMaxTransfers;
    if (!at_once && area.waiting_content + size > kMaxWaitingContent) {
      throw agent::Error(agent::Errc::busy, "too much content waits");
    }
    area.waiting_content += size;
  }
  ~WaitingContent() { area_.waiting_content -= size_; }
  WaitingContent(const WaitingContent&) = delete;
  WaitingContent& operator=(const WaitingContent&) = delete;

 private:
  FileArea& area_;
  std::size_t size_;
};

agent::Task<> remove_old_uploads(FileArea* area) {
  std::function<void()> remove = [area] { area->uploads.remove_old(); };
  co_await area->agent.offload(remove);
}

}  // namespace

void FileRules::check(agent::Settings& settings) const {
  try {
    agent::AllowedDirectories::check_entries(directories);
  } catch (const agent::Error& error) {
    settings.problem("file.directories", error.what());
  }
}

agent::Task<agent::Turns::Turn> take_transfer_turn(FileArea* area, agent::Call call, std::size_t content) {
  agent::Turns::Turn turn;
  try {
    const WaitingContent waiting(*area, content);
    turn = co_await area->transfers.take(kLongestTransferWait);
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

void add_file_handlers(FileArea& area) {
  using agent::Call;
  namespace wire = agent::wire;
  area.agent.config(area.rules);
  area.agent.on<wire::LsRequest>([&area](wire::LsRequest request, Call call) {
    return list_files(&area, std::move(request), std::move(call));
  });
  area.agent.on<wire::Upload>([&area](wire::Upload request, Call call) {
    return receive_file(&area, std::move(request), std::move(call));
  });
  area.agent.on<wire::DownloadRequest>([&area](wire::DownloadRequest request, Call call) {
    return send_file(&area, std::move(request), std::move(call));
  });
  area.agent.on_start(remove_left_uploads);
  area.agent.every(kUploadLook, [&area] { return remove_old_uploads(&area); });
}

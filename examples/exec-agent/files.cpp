#include "files.hpp"

#include <utility>

#include "listing.hpp"
#include "receive_file.hpp"
#include "send_file.hpp"

Transfer::Transfer(FileArea& area) : area_(area) {
  if (area.transfers >= kMaxTransfers) {
    throw agent::Error(agent::Errc::busy, "too many files are being transferred");
  }
  ++area.transfers;
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
}

#include "core/log_service.hpp"

#include <memory>
#include <utility>

#include "agent/data_codec.hpp"
#include "agent/log.hpp"
#include "host/log_archive.hpp"

namespace agent::core {

wire::LogList LogService::list() const {
  wire::LogList list;
  for (host::LogFileInfo& file : host::list_logs(files_())) {
    list.files.push_back({std::move(file.name), file.size, wire::Time::from(file.modified)});
  }
  return list;
}

Task<> LogService::send(wire::LogDownloadRequest request, Call call) {
  std::unique_ptr<host::LogArchive> archive;
  wire::LogDownloadInfo info;
  std::function<void()> pack = [&] { archive = std::make_unique<host::LogArchive>(files_(), request.files); };
  try {
    log::flush();
    co_await offload_.run(pack);
    info.ok = true;
    info.size = archive->size();
    info.block_size = kLogBlock;
    info.md5 = archive->md5();
  } catch (const Error& error) {
    info.msg = error.text();
  }
  call.send(info);
  if (!info.ok) co_return;

  wire::LogDownloadData block;
  std::uint64_t sent = 0;
  std::function<void()> read = [&] {
    block.data = encode_data(archive->read(sent, kLogBlock), DataForm::plain);
  };
  for (; sent < archive->size(); sent += kLogBlock) {
    co_await offload_.run(read);
    co_await call.room();
    call.send(block);
  }
}

}  // namespace agent::core

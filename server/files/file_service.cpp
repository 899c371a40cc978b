#include "files/file_service.hpp"

#include "agent/log.hpp"

namespace server {

void FileService::record(const UploadRecord& upload) const {
  if (audit_) return audit_(upload);
  agent::log::info("audit upload who={} from={} agent={} path={} size={} result={}",
                   upload.who.empty() ? "-" : upload.who, upload.from, upload.agent, upload.path, upload.size,
                   upload.error.empty() ? "ok" : upload.error);
}

}  // namespace server

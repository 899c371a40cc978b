// send_file: answers download_req (24) with download_rep (25) and the content (26), or 27 when it breaks off.
#pragma once

#include <agent/wire/file.hpp>

#include "file_requests.hpp"

agent::Task<> send_file(FileArea* area, agent::wire::DownloadRequest request, agent::Call call);

// list_files: answers ls_req (20) with ls_rep (21).
#pragma once

#include <agent/wire/file.hpp>

#include "file_requests.hpp"

agent::Task<> list_files(FileArea* area, agent::wire::LsRequest request, agent::Call call);

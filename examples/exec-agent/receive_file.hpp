// receive_file: answers upload (22) with upload_rep (23).
#pragma once

#include <agent/wire/file.hpp>

#include "file_requests.hpp"

agent::Task<> receive_file(FileArea* area, agent::wire::Upload request, agent::Call call);

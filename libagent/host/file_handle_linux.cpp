#include <unistd.h>

#include "host/file_handle.hpp"

namespace agent::host {

FileHandle::~FileHandle() { ::close(descriptor()); }

}  // namespace agent::host

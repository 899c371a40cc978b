// The user whom a service runs as: what that user may do with the service's files.
#pragma once

#include <string>

#include "host/user_account.hpp"

namespace agent::host {

enum class FileUse { read, execute };

// 0, or the errno with which the system would refuse, for instance because of a directory above. Asks in a
// child process that becomes the user; this process must be root's and have one thread. Throws Errc::io when
// there can be no child.
int error_of_use(const UserAccount& user, const std::string& path, FileUse use);

// Makes the user its owner. Throws Errc::io.
void give_to(const UserAccount& user, const std::string& path);

}  // namespace agent::host

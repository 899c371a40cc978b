#include "store_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "agent/error.hpp"
#include "backup_socket.hpp"
#include "base/file_handle.hpp"
#include "data_dir.hpp"
#include "open_store.hpp"
#include "store/backup_text.hpp"
#include "store/store_restore.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::FileHandle;

// The server says nothing for so long only when it hangs.
constexpr timeval kSilence{60, 0};

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

FileHandle open_directory(const std::string& path) {
  FileHandle handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
  if (!handle.is_open()) throw agent::system_error("open " + path, errno);
  return handle;
}

FileHandle connect_to_server(const ServerConfig& config) {
  const FileHandle directory = open_directory(config.data_dir + "/store");
  FileHandle connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "the server");
  if (!connection.is_open()) throw agent::system_error("socket", errno);
  ::setsockopt(connection.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &kSilence, sizeof kSilence);
  const std::string name = backup_socket_name(directory.descriptor());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(connection.descriptor(), plain, sizeof address) == 0) return connection;
  if (errno != ENOENT && errno != ECONNREFUSED) throw agent::system_error("connect to the server", errno);
  throw Error(Errc::io, "no agent-server runs on data_dir " + config.data_dir +
                            ": start it; without one, a copy of that directory is a backup");
}

void copy_to(const FileHandle& connection, const FileHandle& file) {
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const std::size_t count = connection.read(buffer);
    if (count == 0) return;
    file.write({buffer.data(), count});
  }
}

// As it is on the disk: what cannot be restored is no backup.
store::StoreCopy finish_file(FileHandle file, const std::string& part, const std::string& path) {
  file.sync();
  file.close();
  store::StoreCopy copy = store::read_backup(part);
  if (::rename(part.c_str(), path.c_str()) != 0) throw agent::system_error("rename " + part, errno);
  open_directory(directory_of(path)).sync();
  return copy;
}

}  // namespace

void back_up_store(const ServerConfig& config, const std::string& file) {
  require_embedded(config);
  const FileHandle connection = connect_to_server(config);
  const std::string part = file + ".part";
  ::unlink(part.c_str());
  FileHandle out(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), part);
  if (!out.is_open()) throw agent::system_error("create " + part, errno);
  try {
    copy_to(connection, out);
    const store::StoreCopy copy = finish_file(std::move(out), part, file);
    fmt::print("{}: {} keys and {} leases at revision {}\n", file, copy.items.size(), copy.leases.size(),
               copy.revision);
  } catch (const Error&) {
    ::unlink(part.c_str());
    throw;
  }
}

void restore_store(const ServerConfig& config, const std::string& file) {
  require_embedded(config);
  const DataDir owned(config.data_dir);
  const store::StoreCopy copy = store::read_backup(file);
  const store::RestoredStore restored = store::restore_store(copy, embedded_options(config).path);
  fmt::print("restored {} keys and {} leases of revision {}; the store goes on at {}\n", copy.items.size(),
             copy.leases.size(), copy.revision, restored.revision);
  if (!restored.kept.empty()) fmt::print("the store before is {}\n", restored.kept);
  if (!restored.note.empty())
    fmt::print(stderr, "note: the revision of the store before is not known: {}\n", restored.note);
}

}  // namespace server

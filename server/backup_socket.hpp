// BackupSocket: whoever may enter the store's directory gets a backup of it: the server writes one into each
// connection to <directory>/backup.socket, and closes it (docs/decisions/store.md).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/loop.hpp"
#include "store/sqlite_store.hpp"

namespace server {

// A client that takes nothing for so long is left.
inline constexpr std::chrono::seconds kBackupPause{30};

// Its name in any process, however long the directory's is: a socket's has at most 107 bytes. Good while the
// file that `directory` is open as stays open.
std::string backup_socket_name(int directory);

class BackupSocket {
 public:
  // Serves from now on, on `loop`, one after the other. The store and the loop outlive it. Throws Errc::io.
  BackupSocket(agent::net::Loop& loop, store::SqliteStore& store, const std::string& directory);
  ~BackupSocket();  // the loop runs no more
  BackupSocket(const BackupSocket&) = delete;
  BackupSocket& operator=(const BackupSocket&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
  const std::string path_;
};

}  // namespace server

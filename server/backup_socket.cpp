#include "backup_socket.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/event.hpp"
#include "base/file_handle.hpp"
#include "net/spawn.hpp"
#include "store/backup_text.hpp"

namespace server {
namespace {

using agent::Task;
using Local = asio::local::stream_protocol;

constexpr std::chrono::seconds kAcceptAgain{1};

// False: the client has left, or takes nothing.
Task<bool> write_piece(std::shared_ptr<Local::socket> socket, std::string piece) {
  asio::steady_timer limit(socket->get_executor(), kBackupPause);
  limit.async_wait([socket](const asio::error_code& cancelled) {
    asio::error_code ignored;
    if (!cancelled) socket->close(ignored);
  });
  asio::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const asio::const_buffer bytes = asio::buffer(piece);
  co_await asio::async_write(*socket, bytes, token);
  co_return !error;
}

// The end of a backup is its last line: one that is cut short is none.
Task<> send_backup(store::SqliteStore* store, std::shared_ptr<Local::socket> socket) {
  auto copying = store->copy(agent::Clock::now() + store::kPatience);
  store::StoreCopy copy = co_await std::move(copying);
  const std::size_t keys = copy.items.size();
  store::BackupWriter backup(std::move(copy));
  for (std::string piece = backup.next(); !piece.empty(); piece = backup.next()) {
    auto step = write_piece(socket, std::move(piece));
    const bool is_taken = co_await std::move(step);
    if (!is_taken) throw agent::Error(agent::Errc::disconnected, "the client has left");
  }
  agent::log::info("store: a backup of {} keys was given", keys);
}

Task<> try_to_send(store::SqliteStore* store, std::shared_ptr<Local::socket> socket) {
  try {
    auto sending = send_backup(store, socket);
    co_await std::move(sending);
  } catch (const agent::Error& error) {
    agent::log::warn("store: a backup ended: {}", error.what());
  }
}

}  // namespace

struct BackupSocket::State {
  explicit State(agent::net::Loop& loop) : acceptor(loop.io()) {}
  Local::acceptor acceptor;

  static Task<> serve(std::shared_ptr<State> state, store::SqliteStore* store) {
    for (;;) {
      const auto socket = std::make_shared<Local::socket>(state->acceptor.get_executor());
      asio::error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await state->acceptor.async_accept(*socket, token);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        co_await agent::pause(kAcceptAgain);
      } else {
        auto sending = try_to_send(store, socket);
        co_await std::move(sending);
      }
    }
  }
};

std::string backup_socket_name(int directory) {
  return "/proc/self/fd/" + std::to_string(directory) + "/backup.socket";
}

BackupSocket::BackupSocket(agent::net::Loop& loop, store::SqliteStore& store, const std::string& directory)
    : state_(std::make_shared<State>(loop)), path_(directory + "/backup.socket") {
  const agent::FileHandle opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory);
  if (!opened.is_open()) throw agent::system_error("open " + directory, errno);
  ::unlink(path_.c_str());  // of a server that was killed: the directory is ours
  const Local::endpoint endpoint(backup_socket_name(opened.descriptor()));
  asio::error_code error;
  state_->acceptor.open(endpoint.protocol(), error);
  if (!error) state_->acceptor.bind(endpoint, error);
  if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw agent::system_error("listen on " + path_, error.value());
  if (::chmod(path_.c_str(), 0600) != 0) throw agent::system_error("chmod " + path_, errno);
  agent::net::spawn(loop, State::serve(state_, &store), "backups of the store");
}

BackupSocket::~BackupSocket() { ::unlink(path_.c_str()); }

}  // namespace server

#include "net/spawn.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/use_awaitable.hpp>
#include <system_error>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "net/spawn_lasting.hpp"

namespace agent::net {
namespace {

// "" for what is no news.
std::string news(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error.code() == Errc::cancelled || error.code() == Errc::disconnected ? "" : error.what();
  } catch (const std::system_error& error) {
    return error.code() == asio::error::operation_aborted ? "" : error.what();
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no exception was thrown";
  }
}

}  // namespace

void log_failure(std::string_view what, const std::exception_ptr& thrown) {
  if (!thrown) return;
  if (const std::string text = news(thrown); !text.empty()) log::error("{}: {}", what, text);
}

void spawn(Loop& loop, Task<> task, std::string what) {
  // Not a Done, which is a block more.
  asio::co_spawn(loop.io(), std::move(task),
                 [what = std::move(what)](const std::exception_ptr& thrown) { log_failure(what, thrown); });
}

void spawn(Loop& loop, Task<> task, Done done) {
  asio::co_spawn(loop.io(), std::move(task), std::move(done));
}

void spawn(Loop& loop, Task<> task, asio::cancellation_slot stop, Done done) {
  asio::co_spawn(loop.io(), std::move(task), asio::bind_cancellation_slot(stop, std::move(done)));
}

void spawn_lasting(Loop& loop, std::function<Task<>()> begin, const char* what) {
  // What `begin` holds goes as soon as it has begun.
  auto once = [begin = std::move(begin)]() mutable { return std::exchange(begin, nullptr)(); };
  asio::co_spawn(loop.io(), std::move(once),
                 [what](const std::exception_ptr& thrown) { log_failure(what, thrown); });
}

Task<> on(Loop& loop, Task<> task) { return asio::co_spawn(loop.io(), std::move(task), asio::use_awaitable); }

}  // namespace agent::net

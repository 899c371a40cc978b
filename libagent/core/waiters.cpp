#include "core/waiters.hpp"

#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace agent::core {
namespace {

struct Entry {
  Entry(std::list<asio::steady_timer*>& the_list, asio::steady_timer& timer)
      : list(the_list), place(list.insert(list.end(), &timer)) {}
  ~Entry() { list.erase(place); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  std::list<asio::steady_timer*>& list;
  std::list<asio::steady_timer*>::iterator place;
};

}  // namespace

Task<> Waiters::wait_in(std::shared_ptr<Timers> timers) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
  Entry entry(*timers, timer);
  asio::error_code woken;
  auto token = asio::redirect_error(asio::use_awaitable, woken);
  co_await timer.async_wait(token);
}

void Waiters::wake() {
  for (asio::steady_timer* timer : *timers_) timer->cancel();
}

}  // namespace agent::core

#include "console/web_console.hpp"

#include <utility>

#include "console/session_cookie.hpp"

namespace server {

void WebConsole::add_routes(Router& router) {
  add_page_routes(router);
  add_session_routes(router, *this);
}

SessionAnswer WebConsole::session_of(const agent::net::HttpHead& head) const {
  const std::string_view id = session_id(head);
  if (id.empty()) return {};
  const std::string_view misuse = misuse_of_session(head);
  if (!misuse.empty()) return {.is_misused = true, .why = misuse};
  return {.grant = sessions_.find(id, std::chrono::steady_clock::now()),
          .why = "the session is over; sign in again"};
}

void WebConsole::start(agent::net::Loop& loop, std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  ticker_.emplace(loop, kLook, [this] {
    if (end_outdated()) tell_end();
  });
  ticker_->start();
}

}  // namespace server

// WebConsole: the web page of agent-server: its files, and who has signed in at it (docs/console.md). What
// the page shows and does goes through the API, as for everybody. main() builds one and adds its routes to
// the router.
//
// Thread-safe once its routes are added.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "agent/json.hpp"
#include "agent/task.hpp"
#include "commands/audit.hpp"
#include "console/browser_sessions.hpp"
#include "http/dispatch.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "net/ticker.hpp"

namespace server {

struct WebConsoleOptions {
  TokenCheck api_token;  // unset: nobody is asked for a token, and there is nothing to sign in to
  bool tls = false;      // every connection is TLS
};

class WebConsole {
 public:
  // `audit` outlives it.
  WebConsole(WebConsoleOptions options, Audit& audit) : options_(std::move(options)), audit_(audit) {}

  // The router must outlive the listener that serves it.
  void add_routes(Router& router);

  // For ListenerHooks::browser_session.
  SessionAnswer session_of(const agent::net::HttpHead& head) const;

  // Looks every kLook for sessions that are over, on `loop`. `on_end` is called, on any loop, when some have
  // ended: what goes on for them is to be ended, too (Listener::end_revoked). The loop outlives it.
  void start(agent::net::Loop& loop, std::function<void()> on_end);
  // The same at once: after tokens were revoked, before the listener looks for them.
  bool end_outdated() { return sessions_.end_outdated(std::chrono::steady_clock::now()); }

  static constexpr std::chrono::seconds kLook{10};

  // ---- for the files of the routes

  const WebConsoleOptions& options() const { return options_; }
  BrowserSessions& sessions() { return sessions_; }
  Audit& audit() const { return audit_; }
  void tell_end() const {
    if (on_end_) on_end_();
  }

 private:
  const WebConsoleOptions options_;
  Audit& audit_;
  BrowserSessions sessions_;
  std::function<void()> on_end_;
  std::optional<agent::net::Ticker> ticker_;
};

// The files, `GET /` and below /console/.
void add_page_routes(Router& router);
// /console/session: signing in, signing out, who is signed in.
void add_session_routes(Router& router, WebConsole& console);

}  // namespace server

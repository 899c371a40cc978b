#include "core/connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/log.hpp"
#include "core/problem.hpp"
#include "core/setting_variables.hpp"

namespace agent::core {
namespace {

using net::Clock;

const char* environment(const char* name) { return std::getenv(name); }

std::string mac_of(const std::string& ip) {
  try {
    return agent::mac_of(ip);
  } catch (const Error& error) {
    log::warn("the hardware address stays unknown: {}", error.what());
    return {};
  }
}

}  // namespace

Connection::Connection(net::Loop& loop, AgentState& state, Sender& sender, Calls& calls, ReportSpool& spool,
                       Backoff backoff, Timing timing, Dial dial)
    : loop_(loop),
      state_(state),
      sender_(sender),
      calls_(calls),
      spool_(spool),
      timing_(timing),
      dial_(std::move(dial)),
      plan_(state.config.server, std::move(backoff)) {}

Task<> Connection::run() {
  while (!stopping_) {
    Reconnect::Attempt attempt = plan_.next(Clock::now());
    co_await stopped_.wait(attempt.at);
    if (stopping_) break;
    co_await visit(attempt.server);
  }
}

bool Connection::stop() {
  stopping_ = true;
  stopped_.wake();
  if (session_ != nullptr) session_->leave("the agent stops");
  return !attempting_;
}

// One attempt, and the session that comes of it.
Task<> Connection::visit(std::string server) {
  attempting_ = true;
  if (state_.report) state_.report->connecting(server);
  try {
    std::unique_ptr<net::WebSocket> socket = co_await dial(server);
    co_await join(socket.get(), server);
  } catch (const net::DialRefused& refusal) {
    plan_.refused(Clock::now(), refusal.retry_after);
    failed(server, refusal);
  } catch (const std::exception& error) {
    failed(server, error);
  }
  attempting_ = false;
}

void Connection::failed(const std::string& server, const std::exception& why) {
  state_.counters.failed_attempts.add();
  if (state_.report) state_.report->kept_away(server, problem_of(why), why.what());
  const std::string what = fmt::format("server {}: {}", server, why.what());
  if (const auto line = outage_.failed(Clock::now(), what)) {
    log::warn("{}", *line);
  } else {
    log::debug("{}", what);
  }
}

// The files that are named are read at each attempt, for they are renewed while the agent runs.
std::shared_ptr<net::TlsContext> Connection::tls_for(const Address& address) {
  if (!address.tls) return nullptr;
  const TlsConfig& config = state_.config.tls;
  const Clock::time_point now = Clock::now();
  const bool is_named = !config.ca.empty() || !config.cert.empty() || !config.key.empty();
  if (is_named || !tls_ || now - tls_since_ > kSystemAuthoritiesAge) {
    tls_.reset();
    tls_ = net::TlsContext::client({config.ca, config.cert, config.key});
    tls_since_ = now;
  }
  return tls_;
}

Task<std::unique_ptr<net::WebSocket>> Connection::dial(std::string server) {
  facts_ = read_host_facts();
  SettingVariables variables{facts_.host_name, {}, environment};
  net::DialOptions options;
  options.address = resolve(server, variables);
  Address address = parse_address(options.address);
  options.token = state_.config.token;
  options.user_agent = state_.name + "/" + state_.version;
  options.tls = tls_for(address);
  options.proxy = net::proxy_for(address);
  options.max_message = state_.config.max_message.value;
  options.timeout = timing_.dial;
  log::debug("connecting to {}", options.address);
  std::unique_ptr<net::WebSocket> socket = co_await dial_(loop_, options);
  dialled_ = std::move(options);
  co_return socket;
}

// From the open socket through the handshake to the end of the session.
Task<> Connection::join(net::WebSocket* socket, std::string server) {
  std::string ip = socket->stream().local_address();
  SettingVariables variables{facts_.host_name, ip, environment};
  Identity identity{resolve(state_.config.id, variables), state_.name, state_.version, state_.instance,
                    spool_.id()};
  if (state_.report) state_.report->asks_as(identity.id);
  wire::Come come = make_come(identity, facts_, ip, mac_of(ip));
  socket->stream().expires_at(Clock::now() + timing_.handshake);
  socket->set_max_message(std::min(kAnswerLimit, socket->max_message()));
  socket->send(encode_message(come));

  std::string text = co_await socket->read();
  Answer answer = read_answer(std::move(text));
  switch (answer.kind) {
    case Answer::Kind::accepted:
      socket->set_max_message(state_.config.max_message.value);
      adopt(identity.id, answer.id);
      co_await serve(socket, server, std::move(answer.caps));
      break;
    case Answer::Kind::redirected:
      redirected(server, answer.servers);
      plan_.redirected(redirect_targets(std::move(answer.servers), socket->stream().is_tls()));
      break;
    case Answer::Kind::refused:
      plan_.refused(Clock::now(), answer.retry_after);
      throw Error(Errc::refused, "refused: " + answer.reason);
  }
}

void Connection::redirected(const std::string& server, const std::vector<std::string>& servers) {
  const std::string what = fmt::format("server {} sends us to {}", server, fmt::join(servers, ", "));
  if (outage_.is_news(what)) log::info("{}", what);
}

// Keeps an id that the server assigned: in the file, or else beside what else lasts.
void Connection::store_id() {
  try {
    if (!state_.config_path.empty()) set_key(state_.config_path, kConfigPrefixes, "id", state_.id);
  } catch (const Error& error) {
    if (!state_.kept_id) throw;
    state_.kept_id->write(state_.id);
    log::info("the id is kept in {}: {}", state_.kept_id->path(), error.what());
  }
}

void Connection::adopt(const std::string& sent_id, const std::string& id) {
  state_.id = id.empty() ? sent_id : id;
  if (state_.id == sent_id) return;
  log::info("the server assigned the id {}", state_.id);
  state_.config.id = state_.id;
  try {
    store_id();
  } catch (const Error& error) {
    log::error("the id lasts only until the agent ends: {}", error.what());
  }
  call_hooks(state_.on_new_id, "on_new_id");
}

Task<> Connection::serve(net::WebSocket* socket, std::string server, std::vector<std::string> caps) {
  Clock::time_point since = Clock::now();
  Session session(loop_, *socket, state_, sender_, calls_, spool_, timing_, std::move(caps));
  session_ = &session;
  state_.shows_series = session.has(wire::kSeriesCapability);
  state_.shows_limits = session.has(wire::kLimitsCapability);
  attempting_ = false;
  std::string why;
  try {
    started(server);
    if (stopping_) session.leave("the agent stops");
    co_await session.serve();
  } catch (const std::exception& error) {
    why = error.what();
  }
  session_ = nullptr;
  ended(session, server, why, since);
}

void Connection::started(const std::string& server) {
  log::info("connected to {} as {}{}", server, state_.id, outage_.ended(Clock::now()));
  if (state_.report) state_.report->connected(server, state_.id);
  if (had_session_) state_.counters.reconnects.add();
  had_session_ = true;
  state_.connected = true;
  state_.counters.connected.set(1);
  call_hooks(state_.on_connect, "on_connect");
}

void Connection::ended(Session& session, const std::string& server, const std::string& why,
                       Clock::time_point since) {
  session.end();
  state_.connected = false;
  state_.counters.connected.set(0);
  log::info("disconnected from {}: {}", server, why);
  if (state_.report) state_.report->kept_away(server, host::Problem::disconnected, why);
  call_hooks(state_.on_disconnect, "on_disconnect");
  Clock::time_point now = Clock::now();
  plan_.refused(now, session.retry_after);
  plan_.ended(now, now - since, std::move(session.elsewhere));
}

}  // namespace agent::core

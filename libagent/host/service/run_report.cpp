#include "host/service/run_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "base/log_redaction.hpp"
#include "host/program_pages.hpp"

namespace agent::host {
namespace {

std::int64_t now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

bool is_without_session(Connection connection) {
  return connection == Connection::away || connection == Connection::refused;
}

// Somebody has to do something about these, and the network is not to blame.
bool says_no(Problem problem) {
  switch (problem) {
    case Problem::certificate:
    case Problem::certificate_name:
    case Problem::certificate_time:
    case Problem::client_certificate:
    case Problem::token:
    case Problem::id_conflict:
    case Problem::refused: return true;
    default: return false;
  }
}

bool says_the_same(const RunStatus& a, const RunStatus& b) {
  return a.connection == b.connection && a.server == b.server && a.id == b.id && a.problem == b.problem &&
         a.reason == b.reason;
}

std::string local_time(std::int64_t milliseconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(milliseconds / 1000)));
}

}  // namespace

RunReport::RunReport(std::string program, std::string version)
    : notify_(take_notify_variables()), file_(run_directory(program)) {
  status_.program = std::move(program);
  status_.version = std::move(version);
  status_.started = status_.since = now();
}

void RunReport::ready() {
  is_told_ = true;
  tell();
  notify_.ready();
}

void RunReport::stopping() {
  is_told_ = false;  // how the connection ends is no news
  notify_.status("stopping");
  notify_.stopping();
}

std::optional<std::chrono::microseconds> RunReport::alive_interval() const {
  const std::optional<std::chrono::microseconds> period = notify_.watchdog();
  return period ? std::optional(*period / 3) : std::nullopt;
}

void RunReport::connecting(const std::string& server) {
  if (status_.connection != Connection::connecting) return;
  RunStatus to = status_;
  to.server = server;
  change(to);
}

void RunReport::asks_as(const std::string& id) { status_.id = id; }

void RunReport::connected(const std::string& server, const std::string& id) {
  RunStatus to = status_;
  to.connection = Connection::connected;
  to.server = server;
  to.id = id;
  to.problem = Problem::none;
  to.reason.clear();
  to.since = now();
  change(to);
}

void RunReport::kept_away(const std::string& server, Problem problem, std::string_view reason) {
  RunStatus to = status_;
  to.connection = says_no(problem) ? Connection::refused : Connection::away;
  to.server = server;
  to.problem = problem;
  to.reason = escape_controls(without_secrets(reason));
  if (!is_without_session(status_.connection)) to.since = now();
  change(to);
}

void RunReport::listening(const std::string& address) {
  RunStatus to = status_;
  to.connection = Connection::listening;
  to.server = address;
  to.reason.clear();
  to.since = now();
  change(to);
}

void RunReport::waiting(const std::string& address, std::string_view reason) {
  RunStatus to = status_;
  to.connection = Connection::waiting;
  to.server = address;
  to.reason = reason;
  change(to);
}

void RunReport::change(const RunStatus& to) {
  const bool is_new = !says_the_same(status_, to);
  const bool is_turn = status_.connection != to.connection;
  status_ = to;
  if (is_new && is_told_) tell();
  if (is_turn) release_program_pages();  // of connecting and of telling: 0.5 MB that will long not be used
}

void RunReport::tell() {
  file_.write(status_);
  notify_.status(describe(status_));
}

std::string describe(const RunStatus& status) {
  switch (status.connection) {
    case Connection::connecting:
      return status.server.empty() ? "starting" : fmt::format("connecting to {}", status.server);
    case Connection::connected: return fmt::format("connected to {} as {}", status.server, status.id);
    case Connection::away:
      return fmt::format("away since {}: {}: {}", local_time(status.since), status.server, status.reason);
    case Connection::refused:
      return fmt::format("refused since {}: {}: {}", local_time(status.since), status.server, status.reason);
    case Connection::listening: return fmt::format("listening on {}", status.server);
    case Connection::waiting:
      return fmt::format("waiting for the listen address {}: {}", status.server, status.reason);
  }
  return {};
}

}  // namespace agent::host

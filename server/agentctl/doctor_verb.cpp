// doctor: asks the server what a person's first call would need.
#include <fmt/format.h>

#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/doctor.hpp"
#include "agentctl/trouble.hpp"
#include "net/certificate.hpp"
#include "net/shown_certificate.hpp"

namespace agentctl {

using agent::Task;
using std::chrono::system_clock;

namespace {

constexpr std::chrono::seconds kLimit{10};

Finding finding_of(const std::string& check, const agent::Error& error, const Connection& connection) {
  const Trouble trouble = trouble_of(error, connection);
  return {check, Health::bad, trouble.what, trouble.advice};
}

void add_own_certificate(std::vector<Finding>& out, const Connection& connection) {
  if (connection.context.cert.empty() || !connection.url.tls) return;
  const auto state = agent::net::chain_state(connection.context.cert, system_clock::now());
  const bool is_good = state.validity == agent::net::Validity::good;
  out.push_back({"own certificate",
                 is_good               ? Health::good
                 : state.is_outdated() ? Health::bad
                                       : Health::doubtful,
                 is_good ? connection.context.cert + " is good" : state.text,
                 is_good ? "" : "ask for a new certificate"});
}

// False: there is no use in going on.
Task<bool> reach(ApiClient* api, std::vector<Finding>* out) {
  const Connection& connection = api->connection();
  const ApiClient::Lease lease = api->lease();
  lease->set_answer_limit(kLimit);
  agent::net::HttpRequest request;
  request.target = connection.url.prefix + "/healthz";
  try {
    const agent::net::HttpHead head = co_await lease->send(std::move(request));
    const std::string text = co_await lease->read_all(64 * 1024);
    if (head.status != 200) {
      out->push_back({"reach", Health::bad,
                      fmt::format("{} answers {} to /healthz", connection.url.text(), head.status),
                      "is this the URL of an agent-server, and of no other program?"});
      co_return false;
    }
    out->push_back({"reach", Health::good, "the server answers", ""});
    out->push_back(examine_clock(std::string(head.header("Date")), system_clock::now()));
  } catch (const agent::Error& error) {
    out->push_back(finding_of("reach", error, connection));
    co_return false;
  }
  co_return true;
}

// Also of a server that reach() has refused: its certificate may be why.
Task<> look_at_certificate(ApiClient* api, std::vector<Finding>* out) {
  if (!api->connection().url.tls) co_return;
  agent::net::DialOptions way = api->connection().dial;
  way.timeout = kLimit;
  try {
    const system_clock::time_point end =
        co_await agent::net::shown_certificate_end(api->loop(), std::move(way));
    out->push_back(examine_certificate(end, system_clock::now()));
  } catch (const agent::Error&) {  // reach() has told what is wrong with the way
  }
}

Task<> ask_as_user(ApiClient* api, std::vector<Finding>* out) {
  const Connection& connection = api->connection();
  try {
    agent::net::HttpRequest request;
    request.target = "/api/info/server";
    const Answer answer = co_await api->call(std::move(request), kLimit);
    const bool has_token = !connection.dial.token.empty();
    out->push_back({"token", Health::good, has_token ? "the server takes it" : "the server wants none", ""});
    const agent::json::Value info = answer.payload();
    out->push_back({"server",
                    info.find("is_blocking").is_bool() && info.find("is_blocking").as_bool() ? Health::bad
                                                                                             : Health::good,
                    fmt::format("version {}, {} agents", cell_text(info.find("version")),
                                cell_text(info.find("agents"))),
                    ""});
    if (out->back().health == Health::bad) {
      out->back().text += "; its cache's disk is too full";
      out->back().fix = "make room below the server's cache_dir";
    }
  } catch (const ApiError& error) {
    out->push_back(finding_of(error.code == 401 ? "token" : "server", error, connection));
  } catch (const agent::Error& error) {
    out->push_back(finding_of("server", error, connection));
  }
}

}  // namespace

Task<int> examine(Tools tools) {
  std::vector<Finding> findings = examine_connection(tools.api.connection());
  add_own_certificate(findings, tools.api.connection());
  const bool is_there = co_await reach(&tools.api, &findings);
  co_await look_at_certificate(&tools.api, &findings);
  if (is_there) co_await ask_as_user(&tools.api, &findings);
  co_return show_findings(tools.console, tools.options.format, findings);
}

int examine_settings(Console& console, const CtlOptions& options, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const agent::Error& error) {
    const std::vector<Finding> findings{{"settings", Health::bad, std::string(error.text()),
                                         "correct what the text names; docs/agentctl.md has an example"}};
    return show_findings(console, options.format, findings);
  }
}

}  // namespace agentctl

#include "agentctl/trouble.hpp"

#include <fmt/format.h>

#include "agentctl/api_client.hpp"
#include "agentctl/unavailable.hpp"
#include "net/certificate_refused.hpp"

namespace agentctl {
namespace {

using agent::Errc;
using agent::net::CertificateRefused;
using agent::net::ConnectFailed;

std::string advice_for(const CertificateRefused& error) {
  switch (error.cause) {
    case CertificateRefused::Cause::authority:
      return "name the file of the authority that signed the server's certificate: --ca FILE, or `ca:` in the context";
    case CertificateRefused::Cause::name:
      return "use a name that is in the server's certificate, or give the server one for this name";
    case CertificateRefused::Cause::time:
      return "renew the server's certificate, or put this machine's clock right";
    case CertificateRefused::Cause::other: break;
  }
  return "`agentctl doctor` looks at the connection";
}

std::string advice_for(const ConnectFailed& error) {
  switch (error.cause) {
    case ConnectFailed::Cause::no_address:
      return "check the name in the URL (--url, AGENTCTL_URL, or `url:` in the context)";
    case ConnectFailed::Cause::refused:
      return "start agent-server there, or correct the URL (--url, AGENTCTL_URL, or `url:` in the context)";
    case ConnectFailed::Cause::unreachable: break;
  }
  return "check the network and the URL; `agentctl doctor` looks further";
}

std::string advice_for(Unavailable why) {
  switch (why) {
    case Unavailable::full_disk:
      return "the disk of the server's cache_dir is fuller than its cache_threshold, so that it refuses everything: make room there";
    case Unavailable::stopping:
      return "the server is being stopped or started anew: try again in a moment, and see first whether it was done";
    case Unavailable::not_reading:
      return "the agent is connected and takes nothing: look at its machine, or start the agent anew";
    case Unavailable::proxy:
      return "a proxy before agent-server says this: see whether agent-server runs, and where the proxy looks for it";
    case Unavailable::agent_word: return "the agent says this; `agentctl logs ID` has its log";
    case Unavailable::not_at_all: break;
  }
  return "";
}

std::string advice_for(const ApiError& error, const Connection& connection) {
  switch (error.code) {
    case 401:
      return connection.dial.token.empty()
                 ? "the server wants a token: --token-file FILE, AGENTCTL_TOKEN_FILE, or `token_file:` in the context"
                 : fmt::format("the server does not know the token in {}; ask for a new one",
                               connection.context.token_file);
    case 421:
      return fmt::format("add '{}' to server_names in the server's configuration, or use an address",
                         connection.url.host);
    case 404:
      return error.text().find("agent") != std::string_view::npos
                 ? "`agentctl agents` lists the ones that are connected"
                 : "";
    case 429: return "try again in a moment, or use a smaller --parallel";
    default: return advice_for(why_unavailable(error));
  }
}

bool is_about_network(Errc code) { return code == Errc::disconnected || code == Errc::timeout; }

}  // namespace

Trouble trouble_of(const agent::Error& error, const Connection& connection) {
  const std::string place = connection.url.host.empty() ? "" : connection.url.text() + ": ";
  const std::string text(error.text());
  if (const auto* api = dynamic_cast<const ApiError*>(&error))
    return {fmt::format("{}{} (code {})", place, text, api->code), advice_for(*api, connection)};
  if (const auto* refused = dynamic_cast<const CertificateRefused*>(&error))
    return {place + text, advice_for(*refused)};
  if (const auto* failed = dynamic_cast<const ConnectFailed*>(&error))
    return {place + text, advice_for(*failed)};
  if (error.code() == Errc::denied)
    return {place + text, "the server may want a client certificate: --cert and --key"};
  if (is_about_network(error.code())) return {place + text, "`agentctl doctor` looks at the connection"};
  return {text, ""};
}

}  // namespace agentctl

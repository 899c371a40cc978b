#include "core/problem.hpp"

#include <string_view>

#include "agent/error.hpp"
#include "net/certificate_refused.hpp"
#include "net/dial.hpp"

namespace agent::core {
namespace {

using host::Problem;

constexpr std::string_view kConflict = "agent id conflict";  // wire protocol, section 4

Problem of_connect(net::ConnectFailed::Cause cause) {
  switch (cause) {
    case net::ConnectFailed::Cause::no_address: return Problem::name_not_found;
    case net::ConnectFailed::Cause::refused: return Problem::connection_refused;
    case net::ConnectFailed::Cause::unreachable: return Problem::no_answer;
  }
  return Problem::other;
}

Problem of_status(int http_status) {
  if (http_status == 401 || http_status == 403) return Problem::token;
  // A page, a redirect to one, or no such page: whoever serves it knows nothing of agents.
  const bool is_page = http_status < 400 || http_status == 404 || http_status == 405;
  return is_page ? Problem::not_a_server : Problem::refused;
}

Problem of_certificate(net::CertificateRefused::Cause cause) {
  using Cause = net::CertificateRefused::Cause;
  switch (cause) {
    case Cause::name: return Problem::certificate_name;
    case Cause::time: return Problem::certificate_time;
    default: return Problem::certificate;
  }
}

Problem of_error(const Error& error) {
  switch (error.code()) {
    case Errc::denied: return Problem::client_certificate;
    case Errc::bad_message: return Problem::not_a_server;
    case Errc::timeout: return Problem::no_answer;
    case Errc::disconnected: return Problem::disconnected;
    case Errc::refused:
      return error.text().find(kConflict) == std::string_view::npos ? Problem::refused : Problem::id_conflict;
    default: return Problem::other;
  }
}

}  // namespace

Problem problem_of(const std::exception& error) {
  if (const auto* refusal = dynamic_cast<const net::DialRefused*>(&error)) return of_status(refusal->status);
  if (const auto* failure = dynamic_cast<const net::ConnectFailed*>(&error))
    return of_connect(failure->cause);
  if (const auto* refused = dynamic_cast<const net::CertificateRefused*>(&error))
    return of_certificate(refused->cause);
  if (const auto* other = dynamic_cast<const Error*>(&error)) return of_error(*other);
  return Problem::other;
}

}  // namespace agent::core

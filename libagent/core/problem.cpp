#include "core/problem.hpp"

#include <string_view>

#include "agent/error.hpp"
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
  return http_status == 401 || http_status == 403 ? Problem::token : Problem::refused;
}

Problem of_error(const Error& error) {
  switch (error.code()) {
    case Errc::denied: return Problem::certificate;
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
  if (const auto* other = dynamic_cast<const Error*>(&error)) return of_error(*other);
  return Problem::other;
}

}  // namespace agent::core

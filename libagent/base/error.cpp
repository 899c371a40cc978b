#include "agent/error.hpp"

#include <system_error>

namespace agent {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::bad_config: return "bad_config";
    case Errc::bad_message: return "bad_message";
    case Errc::too_large: return "too_large";
    case Errc::not_found: return "not_found";
    case Errc::wrong_type: return "wrong_type";
    case Errc::refused: return "refused";
    case Errc::denied: return "denied";
    case Errc::busy: return "busy";
    case Errc::too_many: return "too_many";
    case Errc::timeout: return "timeout";
    case Errc::cancelled: return "cancelled";
    case Errc::disconnected: return "disconnected";
    case Errc::io: return "io";
  }
  return "unknown";
}

Error::Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {
  if (message.find('\0') != std::string::npos) whole_ = std::make_shared<const std::string>(message);
}

Error Error::within(std::string_view context) const {
  std::string message(context);
  message += ": ";
  message += text();
  return Error(code_, message);
}

Error system_error(std::string_view what, int errno_value) {
  // Not strerror(), which may share its buffer between threads.
  return Error(Errc::io, std::generic_category().message(errno_value)).within(what);
}

}  // namespace agent

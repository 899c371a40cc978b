#include "agent/auth.hpp"

#include "agent/error.hpp"
#include "base/ascii_case.hpp"

namespace agent {

Auth parse_auth(std::string_view text) {
  if (text.empty()) return Auth::none;
  if (equals_ignoring_case(text, "sudo")) return Auth::sudo;
  if (equals_ignoring_case(text, "su")) return Auth::su;
  throw Error(Errc::bad_message, "auth: neither sudo nor su");
}

}  // namespace agent

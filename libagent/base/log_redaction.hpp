// Redaction: keeps secrets and control characters out of log lines. Usable from any thread.
#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

class Redaction {
 public:
  static constexpr std::size_t kShortestSecret = 4;  // shorter ones would blank out ordinary text

  void hide(std::string_view secret);
  // The text with every hidden secret, and what follows names such as "password=", as "***".
  std::string apply(std::string_view text) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::string> secrets_;  // longest first
};

// `text` without the secrets that log::hide() was given, as a line of the log shows it.
std::string without_secrets(std::string_view text);

// What looks like a password, a token or a key (credentials.hpp), as "***".
std::string mask_credentials(std::string_view text);

// Line breaks, escape sequences and other control characters as \n, \x1b, ...; tabs stay.
std::string escape_controls(std::string_view text);

}  // namespace agent

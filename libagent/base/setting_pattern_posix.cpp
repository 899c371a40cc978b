#include "base/setting_pattern.hpp"

#include <regex.h>

#include <array>
#include <memory>

#include "agent/error.hpp"

namespace agent {

bool matches(const std::string& text, const std::string& pattern) {
  regex_t compiled{};
  if (const int code = regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
    std::array<char, 128> why{};
    regerror(code, &compiled, why.data(), why.size());
    throw Error(Errc::bad_config, "pattern '" + pattern + "': " + why.data());
  }
  const std::unique_ptr<regex_t, void (*)(regex_t*)> end(&compiled, regfree);
  if (text.find('\0') != std::string::npos) return false;
  return regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace agent

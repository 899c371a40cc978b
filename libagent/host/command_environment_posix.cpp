#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "host/command_environment.hpp"

namespace agent::host {
namespace {

constexpr std::string_view kTerm = "xterm";  // every terminfo database has it
constexpr std::array<std::string_view, 3> kPagers{"PAGER", "GIT_PAGER", "SYSTEMD_PAGER"};
constexpr std::array<std::string_view, 2> kMore{"/usr/bin/more", "/bin/more"};
constexpr std::size_t kMaxProgram = 4 * 1024 * 1024;

// A newer `more` waits for a key at the end unless it is told not to; an older one does not, and refuses to
// start when it is told what it does not know.
bool more_waits_at_the_end() {
  for (const std::string_view path : kMore) {
    try {
      return read_file(std::string(path), kMaxProgram).find("exit-on-eof") != std::string::npos;
    } catch (const Error&) {
      continue;
    }
  }
  return false;
}

// A screen of 30,000 lines.
std::string_view more_options() {
  static const bool waits = more_waits_at_the_end();
  return waits ? "-e -n 30000" : "-30000";
}

// Adds what is missing.
class Defaults {
 public:
  explicit Defaults(const Entries& inherited) : inherited_(inherited) {}

  bool lacks(std::string_view key) const { return !has_key(inherited_, key); }
  void add(std::string_view key, std::string_view value) {
    if (lacks(key)) added_.push_back(std::string(key) + "=" + std::string(value));
  }
  void add_entry(std::string entry) {
    if (lacks(std::string_view(entry).substr(0, entry.find('=')))) added_.push_back(std::move(entry));
  }
  std::vector<std::string> take() { return std::move(added_); }

 private:
  const Entries& inherited_;
  std::vector<std::string> added_;
};

// Our own account is asked for only when it is needed: the answer may be on another machine.
void add_own_account(Defaults& defaults) {
  const bool is_complete = !defaults.lacks("HOME") && !defaults.lacks("USER") && !defaults.lacks("LOGNAME") &&
                           !defaults.lacks("SHELL");
  if (is_complete) return;
  if (const std::optional<UserAccount> self = find_account(::geteuid())) {
    for (std::string& entry : environment_of(*self)) defaults.add_entry(std::move(entry));
  } else {
    defaults.add("HOME", "/");
    defaults.add("SHELL", "/bin/sh");
  }
}

}  // namespace

std::vector<std::string> default_environment(const Entries& inherited, const std::optional<UserAccount>& user,
                                             Screen screen) {
  Defaults defaults(inherited);
  if (!user) add_own_account(defaults);
  defaults.add("PATH", login_path(user ? user->id : ::geteuid()));
  if (screen != Screen::none) defaults.add("TERM", kTerm);
  if (screen != Screen::attended)
    for (const std::string_view pager : kPagers) defaults.add(pager, "cat");
  if (screen == Screen::unattended && defaults.lacks("MORE")) defaults.add("MORE", more_options());
  std::vector<std::string> entries = defaults.take();
  if (user) {
    for (std::string& entry : environment_of(*user)) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace agent::host

// What commands find in their environment: what is not for them, and what they need and nobody has set.
#include "host/command_environment.hpp"

#include <pwd.h>

#include <cstdlib>

#include "tests/host/process_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace test;
using host::default_environment;
using host::Entries;
using host::Screen;

namespace {

constexpr const char* kAdministratorsPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// "" when it is not there.
std::string find(const std::vector<std::string>& entries, const std::string& key) {
  for (const std::string& entry : entries)
    if (entry.starts_with(key + "=")) return entry;
  return "";
}

host::UserAccount bob() {
  return {.name = "bob", .home = "/home/bob", .shell = "/bin/zsh", .id = 1000, .group = 1000, .groups = {}};
}

// A variable of this process until the end of the test.
class Variable {
 public:
  Variable(const char* key, const char* value) : key_(key) { ::setenv(key, value, 1); }
  ~Variable() { ::unsetenv(key_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* key_;
};

}  // namespace

TEST_CASE("A service without an environment gives its commands that of its account", "[host]") {
  const passwd* self = ::getpwuid(::geteuid());
  REQUIRE(self != nullptr);
  const auto entries = default_environment({}, {}, Screen::unattended);
  CHECK(find(entries, "HOME") == std::string("HOME=") + self->pw_dir);
  CHECK(find(entries, "USER") == std::string("USER=") + self->pw_name);
  CHECK(find(entries, "LOGNAME") == std::string("LOGNAME=") + self->pw_name);
  CHECK(find(entries, "SHELL") == std::string("SHELL=") + self->pw_shell);
  if (::geteuid() == 0) CHECK(find(entries, "PATH") == kAdministratorsPath);
  CHECK(find(entries, "TERM") == "TERM=xterm");
  for (const char* pager : {"PAGER", "GIT_PAGER", "SYSTEMD_PAGER"})
    CHECK(find(entries, pager) == std::string(pager) + "=cat");
}

TEST_CASE("There is no TERM without a terminal", "[host]") {
  const auto entries = default_environment({}, {}, Screen::none);
  CHECK(find(entries, "TERM").empty());
  CHECK(find(entries, "MORE").empty());
  CHECK(find(entries, "PAGER") == "PAGER=cat");
}

TEST_CASE("What is set stays as it is, empty values too", "[host]") {
  const Entries set{"HOME=/x",    "USER=x", "LOGNAME=x",  "SHELL=/x",   "PATH=/x",
                    "TERM=vt100", "MORE=",  "PAGER=less", "GIT_PAGER=", "SYSTEMD_PAGER=more"};
  CHECK(default_environment(set, {}, Screen::unattended).empty());
}

TEST_CASE("Whoever a command becomes is in its environment, and has the PATH of a login if there is none",
          "[host]") {
  const Entries root{"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash"};
  const auto entries = default_environment(root, bob(), Screen::unattended);
  CHECK(find(entries, "HOME") == "HOME=/home/bob");
  CHECK(find(entries, "USER") == "USER=bob");
  CHECK(find(entries, "LOGNAME") == "LOGNAME=bob");
  CHECK(find(entries, "SHELL") == "SHELL=/bin/zsh");
  CHECK(find(entries, "PATH") == "PATH=/usr/local/bin:/usr/bin:/bin");
  CHECK(find(default_environment({"PATH=/x"}, bob(), Screen::unattended), "PATH").empty());
}

TEST_CASE("Settings of the agent and what its service manager told it are not for commands", "[host]") {
  const Variable token("LIBAGENT_TOKEN", "secret-1");
  const Variable key("LIBAGENT_TLS_KEY", "secret-2");
  const Variable task("LIBAGENT_TASK", "of-somebody-else");
  const Variable level("JKFRAME_LOG_LEVEL", "debug");
  const Variable socket("NOTIFY_SOCKET", "/run/systemd/notify");
  const Variable listen("LISTEN_FDS", "1");
  const Variable state("STATE_DIRECTORY", "/var/lib/this-agent");  // another agent would share its files
  const Variable runtime("RUNTIME_DIRECTORY", "/run/this-agent");
  const Variable kept("LIBAGENTS", "plural");
  ProcessOptions options = shell("env");
  options.env = {"LIBAGENT_LIKE_THIS=asked for"};
  const std::string output = run(options).output;
  for (const char* word :
       {"secret", "of-somebody-else", "JKFRAME", "NOTIFY_SOCKET", "LISTEN_FDS", "this-agent"})
    CHECK(output.find(word) == std::string::npos);
  CHECK_THAT(output, Catch::Contains("LIBAGENT_TASK=") && Catch::Contains("LIBAGENTS=plural") &&
                         Catch::Contains("LIBAGENT_LIKE_THIS=asked for"));
}

TEST_CASE("Programs that show page by page do not wait for a key", "[host]") {
  ProcessOptions options = on_terminal(
      GENERATE(as<std::string>(), "more numbers; echo over", "cat numbers | ${PAGER:-less}; echo over"));
  const TempDir dir;
  std::string numbers;
  for (int i = 0; i < 300; ++i) numbers += std::to_string(i) + "\n";
  dir.write("numbers", numbers);
  options.workdir = dir.path();
  options.input_closed = true;
  options.timeout = std::chrono::seconds(20);
  const Outcome outcome = run(options);
  CHECK_FALSE(outcome.status.timed_out);
  CHECK_THAT(outcome.output, Catch::Contains("299\r\n") && Catch::EndsWith("over\r\n"));
}

TEST_CASE("A program is found in the PATH of a login when there is none", "[host]") {
  const char* const before = ::getenv("PATH");
  const std::string path = before == nullptr ? "" : before;
  ::unsetenv("PATH");
  ProcessOptions options;
  options.terminal = false;
  options.argv = {"sh", "-c", "echo found"};
  const Outcome outcome = run(options);
  ::setenv("PATH", path.c_str(), 1);
  CHECK(outcome.output == "found\n");
}

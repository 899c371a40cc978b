#include "host/process_arguments.hpp"

#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "host/environment.hpp"

using namespace agent;
using namespace agent::host;

namespace {

using Words = std::vector<std::string>;

ProcessOptions options_for(Auth auth) {
  ProcessOptions options;
  options.shell_line = "id ";
  options.auth = auth;
  options.user = "www";
  options.password = "secret";
  return options;
}

std::string fault_of(const ProcessOptions& options) {
  try {
    check_options(options);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Root runs the command itself, whatever auth says", "[host]") {
  const Auth auth = GENERATE(Auth::none, Auth::sudo, Auth::su);
  const CommandLine command = make_command_line(options_for(auth), true, "?");
  CHECK(command.argv == Words{"sh", "-c", "id "});
  CHECK(command.program == "/bin/sh");
  CHECK(command.asker == Asker::nobody);
}

TEST_CASE("A user who is not root runs sudo with a prompt of its own", "[host]") {
  ProcessOptions options = options_for(Auth::sudo);
  const CommandLine command = make_command_line(options, false, "?");
  CHECK(command.argv == Words{"sudo", "-S", "-p", "?", "-u", "www", "--", "sh", "-c", "id "});
  CHECK(command.asker == Asker::sudo);
  options.argv = {"id", "-u"};
  options.password.clear();
  CHECK(make_command_line(options, false, "?").argv ==
        Words{"sudo", "-n", "-p", "?", "-u", "www", "--", "id", "-u"});
}

TEST_CASE("A user who is not root runs su, whose shell gets an argument vector quoted", "[host]") {
  ProcessOptions options = options_for(Auth::su);
  CHECK(make_command_line(options, false, "?").argv == Words{"su", "www", "-c", "id "});
  CHECK(make_command_line(options, false, "?").asker == Asker::su);
  options.argv = {"echo", "a b", "it's", "$x", ""};
  CHECK(make_command_line(options, false, "?").argv ==
        Words{"su", "www", "-c", "'echo' 'a b' 'it'\\''s' '$x' ''"});
}

TEST_CASE("No command line has the password in it", "[host]") {
  for (const Auth auth : {Auth::sudo, Auth::su}) {
    for (const std::string& word : make_command_line(options_for(auth), false, "?").argv) {
      CHECK_THAT(word, !Catch::Contains("secret"));
    }
  }
}

TEST_CASE("auth without a user says so as originals do", "[host]") {
  ProcessOptions options = options_for(GENERATE(Auth::sudo, Auth::su));
  options.user.clear();
  CHECK(fault_of(options) == "no user set");
}

TEST_CASE("A user that a program could take for something else is refused", "[host]") {
  ProcessOptions options = options_for(Auth::su);
  options.user = GENERATE(as<std::string>(), "-", "-c", "--help", "a b", "a\n", "a:b", "../x", "#0",
                          std::string("a\0", 2));
  CHECK(fault_of(options) == "user: not a user's name");
  options.auth = Auth::none;
  CHECK(fault_of(options).empty());
}

TEST_CASE("A command without a timeout, or with one below zero, gets a minute", "[host]") {
  using std::chrono::milliseconds;
  const auto limit_of = [](milliseconds timeout) {
    ProcessOptions options;
    options.timeout = timeout;
    return host::time_limit(options);
  };
  CHECK(limit_of(milliseconds(0)) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds(-1)) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds::min()) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds(1)) == milliseconds(1));
  CHECK(limit_of(std::chrono::hours(24)) == std::chrono::hours(24));
}

TEST_CASE("A program without a name is refused", "[host]") {
  ProcessOptions options;
  options.argv = {""};
  CHECK(fault_of(options) == "command: the program has no name");
}

TEST_CASE("A program is looked for in every directory of PATH, unless it has a slash", "[host]") {
  CHECK(program_candidates("ls", "/a:/b/") == Words{"/a/ls", "/b//ls"});
  CHECK(program_candidates("ls", ":/a:") == Words{"./ls", "/a/ls", "./ls"});
  CHECK(program_candidates("./ls", "/a") == Words{"./ls"});
  CHECK_FALSE(program_candidates("ls", "").empty());
}

TEST_CASE("The last of several entries of one name in an environment counts", "[host]") {
  const auto merged = [](const Entries& entries, const Words& added) {
    const Entries out = merge_environment(entries, added);
    return Words(out.begin(), out.end());
  };
  CHECK(merged({"A=1", "B=2"}, {"A=3", "C=4", "A=5"}) == Words{"A=5", "B=2", "C=4"});
  CHECK(merged({"A=1"}, {"odd", "AB=2"}) == Words{"A=1", "odd", "AB=2"});
  CHECK(merged({"A=1", "B=2", "A=3"}, {"A=4"}) == Words{"A=4", "B=2"});
}

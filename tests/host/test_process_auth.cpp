// Commands as another user: root switches itself, who is not root runs sudo or su and answers its question.
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/host/process_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace test;

namespace {

constexpr int kNobody = 65534;
const std::string kPassword = "pass word$1";

bool is_root() { return ::geteuid() == 0; }

ProcessOptions as_user(Auth auth, std::string user, std::string line) {
  ProcessOptions options = shell(std::move(line));
  options.auth = auth;
  options.user = std::move(user);
  return options;
}

// Where programs are looked for behind the directory of a test.
constexpr const char* kSystemPath = ":/usr/bin:/bin";

// Runs it in a process that is not root and whose PATH is `path`. The output is followed by the code.
void run_and_tell(const ProcessOptions& options, const std::string& path, int answer) {
  ::setgroups(0, nullptr);
  if (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0) return;
  ::setenv("PATH", path.c_str(), 1);
  std::string text;
  try {
    const Outcome outcome = run(options);
    text = outcome.output + "=" + std::to_string(outcome.status.code);
  } catch (const std::exception& error) {
    text = error.what();
  } catch (...) {  // a failed assertion: this copy of the tests ends here
    text = "failed";
  }
  if (::write(answer, text.data(), text.size()) < 0) ::_exit(1);
}

std::string run_with_path(const ProcessOptions& options, const std::string& path) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    run_and_tell(options, path, ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, size);
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  return text;
}

std::string run_as_nobody(const ProcessOptions& options, const std::string& directory) {
  return run_with_path(options, directory + kSystemPath);
}

// A directory with a program that everyone can run.
class Programs {
 public:
  Programs(const std::string& name, const std::string& script) {
    dir_.write(name, "#!/bin/sh\n" + script);
    ::chmod(dir_.path().c_str(), 0755);
    ::chmod(dir_.file(name).c_str(), 0755);
  }
  const std::string& path() const { return dir_.path(); }

 private:
  TempDir dir_;
};

// What sudo does with `-S -p prompt -u user -- command` and a password that it wants to know.
const std::string kSudo = R"(
[ "$1" = -n ] && { echo "sudo: a password is required"; exit 1; }
prompt=$3 user=$5
shift 6
echo lecture
while :; do
  BEFORE
  stty -echo; AFTER printf %s "$prompt"
  IFS= read -r password || { stty echo; echo; echo "sudo: no password was provided"; exit 1; }
  stty echo; echo
  [ "$password" = 'pass word$1' ] && break
  echo "Sorry, try again."
done
echo "as $user"
exec "$@"
)";

std::string sudo_script(const std::string& before, const std::string& after) {
  std::string script = kSudo;
  script.replace(script.find("BEFORE"), std::strlen("BEFORE"), before);
  script.replace(script.find("AFTER"), std::strlen("AFTER"), after);
  return script;
}

const std::string kSu = R"(
printf 'Password: '
stty -echo
IFS= read -r password; stty echo; echo
[ "$password" = 'pass word$1' ] || { echo "su: Authentication failure"; exit 1; }
sh -c "$3"
)";

}  // namespace

TEST_CASE("Root becomes the user itself, with sudo and with su, and needs no password", "[host][auth]") {
  if (!is_root()) return;
  ProcessOptions options = as_user(GENERATE(Auth::sudo, Auth::su), "nobody",
                                   "id -u; id -g; id -G; echo $HOME $USER $LOGNAME; cd /root");
  options.terminal = GENERATE(false, true);
  const Outcome outcome = run(options);
  CHECK_THAT(outcome.output, Catch::Matches("65534\r?\n65534\r?\n65534\r?\n/nonexistent nobody nobody\r?\n"
                                            "(.|\r|\n)*(denied|can't cd)(.|\r|\n)*"));
  CHECK(outcome.status.code != 0);
}

TEST_CASE("A user's command that root has started finds the end of its input", "[host][auth]") {
  if (!is_root()) return;
  ProcessOptions options = as_user(GENERATE(Auth::sudo, Auth::su), "nobody", "cat; cat; echo over");
  options.input_closed = true;
  options.terminal = GENERATE(false, true);
  const Outcome outcome = run(options);
  CHECK_THAT(outcome.output, Catch::Matches("over\r?\n"));
  CHECK(outcome.took < std::chrono::seconds(20));
}

TEST_CASE("A process that has become another user cannot get back", "[host][auth]") {
  if (!is_root()) return;
  const Outcome outcome =
      run(as_user(Auth::su, "nobody", "grep -E '^(Uid|Gid|Groups|CapEff|CapPrm):' /proc/self/status"));
  CHECK_THAT(outcome.output,
             Catch::Matches("Uid:\\s65534\\s65534\\s65534\\s65534\\s+Gid:\\s65534\\s65534\\s65534\\s65534\\s+"
                            "Groups:\\s65534\\s+CapPrm:\\s0+\\s+CapEff:\\s0+\\s+"));
}

TEST_CASE("Another user's command can open its own output by name", "[host][auth]") {
  if (!is_root()) return;
  ProcessOptions options = as_user(Auth::su, "nobody", "echo hello >/dev/stdout; echo error >/dev/stderr");
  options.terminal = GENERATE(false, true);
  CHECK_THAT(run(options).output, Catch::Matches("hello\r?\nerror\r?\n"));
}

TEST_CASE("Another user's tree is killed as any other", "[host][auth]") {
  if (!is_root()) return;
  ProcessOptions options = as_user(Auth::su, "nobody", "(setsid sleep 300 &); sleep 300");
  options.timeout = std::chrono::milliseconds(200);
  CHECK(run(options).status.timed_out);
  CHECK(count_children() == 0);
}

TEST_CASE("A user that the machine does not know is an error", "[host][auth]") {
  if (!is_root()) return;
  CHECK(start_failure(as_user(Auth::sudo, "no-such-user", "id")) == "unknown user no-such-user");
  CHECK(start_failure(as_user(Auth::su, "", "id")) == "no user set");
}

TEST_CASE("The password is typed when sudo asks, and neither it nor the question is in the output",
          "[host][auth]") {
  if (!is_root()) return;
  const auto [before, after] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"printf %s \"$prompt\"; prompt=; sleep 0.3", ""},  // asks before it hides what is typed
      {"", "sleep 0.3;"},
      {"printf '%.5s' \"$prompt\"; sleep 0.1; prompt=${prompt#?????}", ""},  // asks in two pieces
  }));
  CAPTURE(before, after);
  const Programs programs("sudo", sudo_script(before, after));
  ProcessOptions options = as_user(Auth::sudo, "www", "printf 'hello\n'; exit 3");
  options.password = kPassword;
  options.terminal = GENERATE(true, false);
  CHECK(run_as_nobody(options, programs.path()) == "lecture\r\nas www\r\nhello\r\n=3");
}

TEST_CASE("A wrong password makes sudo fail at once", "[host][auth]") {
  if (!is_root()) return;
  const Programs programs("sudo", sudo_script("", ""));
  ProcessOptions options = as_user(Auth::sudo, "www", "echo hello");
  options.password = "wrong";
  CHECK(run_as_nobody(options, programs.path()) ==
        "lecture\r\nSorry, try again.\r\nsudo: no password was provided\r\n=1");
  options.password.clear();
  CHECK(run_as_nobody(options, programs.path()) == "sudo: a password is required\r\n=1");
}

TEST_CASE("No password is typed without a question, not even into a command that hides what is typed",
          "[host][auth]") {
  if (!is_root()) return;
  const Programs programs("sudo", "shift 6\nexec \"$@\"\n");
  ProcessOptions options =
      as_user(Auth::sudo, "www",
              "stty -echo; printf 'Password: '; timeout 0.4 cat | wc -c; stty echo; timeout 0.2 cat");
  options.password = kPassword;
  CHECK(run_as_nobody(options, programs.path()) == "Password: 0\r\n=124");
}

TEST_CASE("The password is typed when su asks, and not into the command that it starts", "[host][auth]") {
  if (!is_root()) return;
  const Programs programs("su", kSu);
  ProcessOptions options =
      as_user(Auth::su, "www", "printf 'hello\n'; stty -echo; printf 'Password: '; timeout 0.4 cat | wc -c");
  options.password = kPassword;
  CHECK(run_as_nobody(options, programs.path()) == "hello\r\nPassword: 0\r\n=0");
}

TEST_CASE("Whoever reads after the password finds the end of the input, and the question does not",
          "[host][auth]") {
  if (!is_root()) return;
  const bool sudo = GENERATE(true, false);
  const Programs programs(sudo ? "sudo" : "su", sudo ? sudo_script("", "") : kSu);
  ProcessOptions options = as_user(sudo ? Auth::sudo : Auth::su, "www", "cat; cat; echo over");
  options.input_closed = true;
  options.password = kPassword;
  CHECK(run_as_nobody(options, programs.path()) == (sudo ? "lecture\r\nas www\r\nover\r\n=0" : "over\r\n=0"));
}

TEST_CASE("A command finds the end of its input behind a sudo that needs no password", "[host][auth]") {
  if (!is_root()) return;
  const std::string begin =
      GENERATE("shift 6\nexec \"$@\"\n",                                       // becomes the command
               "shift 6\n\"$@\"\nexit $?\n",                                   // waits for it
               "shift 6\nSHELL=/bin/sh exec script -qec \"$3\" /dev/null\n");  // on another terminal
  const Programs programs("sudo", begin);
  ProcessOptions options = as_user(Auth::sudo, "www", "cat; echo over");
  options.input_closed = true;
  options.password = kPassword;
  CHECK_THAT(run_as_nobody(options, programs.path()), Catch::EndsWith("over\r\n=0"));
}

TEST_CASE("The system's su is answered, and refuses a wrong password", "[host][auth]") {
  if (!is_root()) return;
  ProcessOptions options = as_user(Auth::su, "root", "echo hello");
  options.password = GENERATE(as<std::string>(), "wrong", "");
  const std::string text = run_as_nobody(options, "/nowhere");
  CHECK_THAT(text, Catch::Matches("(?:\r\n)?su: Authentication [a-z ]+\r\n=1"));
}

TEST_CASE("The system's sudo, if there is one, is answered, and refuses a wrong password", "[host][auth]") {
  if (!is_root() || ::access("/usr/bin/sudo", X_OK) != 0) return;
  ProcessOptions options = as_user(Auth::sudo, "root", "echo hello");
  CHECK(run_as_nobody(options, "/nowhere") == "sudo: a password is required\r\n=1");
  options.password = "wrong";
  const std::string text = run_as_nobody(options, "/nowhere");
  CHECK_THAT(text, Catch::Contains("Sorry, try again.") && Catch::EndsWith("=1"));
  CHECK_THAT(text, !Catch::Contains("wrong") && !Catch::Contains("hello"));
}

TEST_CASE("A user who is not root and has no sudo is told so", "[host][auth]") {
  if (!is_root()) return;
  const ProcessOptions options = as_user(Auth::sudo, "www", "id");
  CHECK(run_with_path(options, "/nowhere") == "exec sudo: No such file or directory");
}

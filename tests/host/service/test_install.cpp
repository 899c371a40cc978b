// install and uninstall where the machine does not cooperate.
#include <fcntl.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/replace_file.hpp"
#include "host/service/definition_file.hpp"
#include "tests/host/service/service_rig.hpp"
#include "tests/support/small_disk.hpp"

using namespace test;

namespace {

const std::string kInstall = std::string("install --conf ") + ServiceRig::kConf;

void fill(const std::string& path) {
  std::ofstream file(path);
  const std::string block(64 * 1024, 'x');
  while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

// Read-only while the object lives.
class ReadOnly {
 public:
  explicit ReadOnly(std::string path) : path_(std::move(path)) {
    mounted_ = ::geteuid() == 0 && ::mount(path_.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
               ::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
  }
  ~ReadOnly() { ::umount2(path_.c_str(), MNT_DETACH); }
  bool is_mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("A full disk leaves the definition as it was, whole", "[service]") {
  ServiceRig rig;
  std::filesystem::remove_all(rig.at("/etc/systemd/system"));
  const SmallDisk disk(rig.at("/etc/systemd/system"));
  if (!disk.is_mounted()) return;
  rig.write_conf();
  SECTION("The first installation") {
    fill(rig.at("/etc/systemd/system/full"));
    CHECK(rig.type(kInstall).find("No space left on device") != std::string::npos);
    CHECK_FALSE(rig.exists(ServiceRig::kUnit));
  }
  SECTION("An update, of an edited one too") {
    rig.type(kInstall);
    if (GENERATE(false, true)) rig.write(ServiceRig::kUnit, rig.read(ServiceRig::kUnit) + "Nice=5\n");
    const std::string before = rig.read(ServiceRig::kUnit);
    rig.program.profile.description = "another";
    fill(rig.at("/etc/systemd/system/full"));
    CHECK(rig.type(kInstall).ends_with("[1]\n"));
    CHECK(rig.read(ServiceRig::kUnit) == before);
  }
  std::filesystem::remove(rig.at("/etc/systemd/system/full"));
  for (const auto& entry : std::filesystem::directory_iterator(rig.at("/etc/systemd/system")))
    CHECK(entry.path().filename() == "exec-agent.service");  // no temporary file, no copy
}

TEST_CASE("A read-only /etc is said, and changes nothing", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  const ReadOnly etc(rig.at("/etc"));
  if (!etc.is_mounted()) return;
  const std::string said = rig.type(kInstall);
  CHECK(said.find("! can not register service: create ") != std::string::npos);
  CHECK(said.ends_with("Read-only file system\n[1]\n"));
  CHECK(rig.type("install --server s:1 --conf /etc/new.conf").find("Read-only file system") !=
        std::string::npos);
}

TEST_CASE("A manager that does not take a definition leaves the one before in force", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.type(kInstall);
  const std::string before = rig.read(ServiceRig::kUnit);
  rig.program.profile.description = "another";
  rig.systemd.fails["daemon-reload"] = {1, "Failed to reload daemon: Connection timed out\n"};
  const std::string said = rig.type(kInstall);
  CHECK(
      said.find(
          "! can not register service: systemctl daemon-reload: Failed to reload daemon: Connection timed out") !=
      std::string::npos);
  CHECK(rig.read(ServiceRig::kUnit) == before);
  CHECK_FALSE(rig.exists(std::string(ServiceRig::kUnit) + ".bak"));
}

TEST_CASE("Two installs at once leave one whole definition", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  std::vector<std::thread> threads;
  for (const char* description : {"one", "two"}) {
    threads.emplace_back([&rig, description] {
      host::ServiceProgram program = rig.program;
      program.profile.description = description;
      host::ServiceMachine machine = rig.machine;
      machine.run = [](const std::vector<std::string>& command, std::chrono::seconds) {
        return host::CommandResult{0, command.back() == "--version" ? "systemd 252" : "ActiveState=inactive"};
      };
      host::ServiceConsole console;
      console.say = console.complain = [](std::string_view) {};
      for (int i = 0; i < 20; ++i)
        host::serve_service_verb(program, "/opt/x/bin/exec-agent", {"install", "--conf", ServiceRig::kConf},
                                 machine, console);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string unit = rig.read(ServiceRig::kUnit);
  CHECK((unit.find("Description=one\n") == std::string::npos) !=
        (unit.find("Description=two\n") == std::string::npos));
  CHECK(rig.files().find(".bak") == std::string::npos);
}

TEST_CASE("A definition waits for whoever changes another", "[service]") {
  TempDir dir;
  auto first = std::make_unique<host::DefinitionLock>(dir.path());
  std::atomic<bool> second{false};
  std::thread waiter([&] {
    const host::DefinitionLock lock(dir.path());
    second = true;
  });
  CHECK_FALSE(second);
  first.reset();
  waiter.join();
  CHECK(second);
}

TEST_CASE("A user that may not read the configuration is told before anything is installed", "[service]") {
  if (::geteuid() != 0 || ::getpwnam("nobody") == nullptr) return;
  ServiceRig rig;
  ::chmod(rig.root.path().c_str(), 0755);
  rig.write_conf();
  ::chmod(rig.at(ServiceRig::kConf).c_str(), 0600);
  const std::string said = rig.type(kInstall + " --user nobody");
  CHECK(said.find("! user nobody cannot read /etc/exec-agent/agent.conf: Permission denied") !=
        std::string::npos);
  CHECK(said.ends_with("[78]\n"));
  CHECK_FALSE(rig.exists(ServiceRig::kUnit));
  ::chmod(rig.at(ServiceRig::kConf).c_str(), 0644);
  CHECK(rig.type(kInstall + " --user nobody").ends_with("[0]\n"));
  CHECK(rig.read(ServiceRig::kUnit).find("\nUser=nobody\n") != std::string::npos);
  rig.type("install --user nobody --server s:1 --conf /etc/exec-agent/new.conf");
  struct stat status {};
  REQUIRE(::stat(rig.at("/etc/exec-agent/new.conf").c_str(), &status) == 0);
  CHECK(status.st_uid == ::getpwnam("nobody")->pw_uid);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("A file that is put is whole, has its mode, and replaces a link itself", "[service]") {
  TempDir dir;
  const mode_t mask = ::umask(077);
  agent::put_file(dir.file("a"), "text", {.mode = 0644});
  ::umask(mask);
  struct stat status {};
  REQUIRE(::stat(dir.file("a").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0644);
  std::filesystem::create_symlink(dir.file("a"), dir.file("link"));
  agent::put_file(dir.file("link"), "other", {});
  CHECK_FALSE(std::filesystem::is_symlink(dir.file("link")));
  CHECK(agent::read_file(dir.file("a"), 100) == "text");
  CHECK_THROWS_WITH(agent::put_file(dir.file("no/such"), "x", {}),
                    Catch::EndsWith("No such file or directory"));
}

TEST_CASE("Copies of a definition are never lost", "[service]") {
  TempDir dir;
  for (const char* text : {"one", "two", "three"}) {
    dir.write("x", text);
    host::keep_copy(dir.file("x"));
    host::remove_file(dir.file("x"));
  }
  CHECK(agent::read_file(dir.file("x.bak"), 100) == "one");
  CHECK(agent::read_file(dir.file("x.bak.3"), 100) == "three");
  CHECK_FALSE(host::remove_file(dir.file("x")));
}

TEST_CASE("A difference has the lines that changed", "[service]") {
  CHECK(host::difference("a\nb\nc\n", "a\nx\nc\nd\n") == "- b\n+ x\n+ d\n");
  CHECK(host::difference("a\n", "a\n") == "");
  CHECK(host::difference("", "a\n") == "+ a\n");
  CHECK(host::difference("a\nb\n", "") == "- a\n- b\n");
}

TEST_CASE("Commands run with their words, their code and their output, and not for ever", "[service]") {
  const host::ServiceMachine machine = host::ServiceMachine::real();
  const auto run = [&](const std::string& line, int limit = 30) {
    return machine.run({"sh", "-c", line}, std::chrono::seconds(limit));
  };
  CHECK(run("echo out; echo err >&2; exit 3").code == 3);
  CHECK(run("echo out; echo err >&2; exit 3").output == "out\nerr\n");
  CHECK(run("kill -TERM $$").code == 128 + 15);
  CHECK(machine.run({"no-such-command-here"}, std::chrono::seconds(1)).code == 127);
  CHECK(run("sleep 600", 0).code == 124);
  // A daemon that keeps the output open holds nobody up.
  CHECK(run("sleep 5 & echo started").output == "started\n");
  const Variable setting("LIBAGENT_TOKEN", "secret");
  CHECK(run("echo \"$LC_ALL$LIBAGENT_TOKEN\"").output == "C\n");
  TempDir dir;
  dir.write("systemctl", "#!/bin/sh\necho systemd 230\n");
  ::chmod(dir.file("systemctl").c_str(), 0755);
  const Variable path("PATH", dir.path());
  CHECK(machine.run({"systemctl", "--version"}, std::chrono::seconds(30)).output == "systemd 230\n");
  CHECK_THROWS_WITH(host::run_or_throw(machine, {"sh", "-c", "echo no; exit 1"}),
                    "sh -c echo no; exit 1: no");
}

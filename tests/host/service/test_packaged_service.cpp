// What packages need of the verbs: an update that decides nothing, and a configuration that lacks only its
// server.
#include <pwd.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/host/service/service_rig.hpp"

using namespace test;

namespace {

constexpr const char* kSample =
    "# Id of this agent.\nbasic.id =\n\nbasic.server =\n#basic.token = <enrollment token>\nfoo = 1\n";

}  // namespace

TEST_CASE("An update writes the definition anew and leaves a disabled service disabled", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.type(std::string("install --conf ") + ServiceRig::kConf);
  rig.systemd.enabled = GENERATE(false, true);
  const bool before = rig.systemd.enabled;
  rig.systemd.told.clear();
  rig.program.profile.description = "another";
  const std::string said = rig.type("install --update");
  CHECK(said.ends_with("[0]\n"));
  CHECK(said.find("next:") == std::string::npos);
  CHECK(rig.read(ServiceRig::kUnit).find("Description=another\n") != std::string::npos);
  CHECK(rig.systemd.enabled == before);
  CHECK(rig.systemd.told == std::vector<std::string>{"daemon-reload"});
}

TEST_CASE("An update keeps the configuration and the user of the service", "[service]") {
  if (::geteuid() != 0 || ::getpwnam("nobody") == nullptr) return;
  ServiceRig rig;
  rig.write("/etc/exec-agent/mine.conf", "basic.server = s:1\n");
  for (const char* path : {"", "/etc", "/etc/exec-agent", "/opt", "/opt/x", "/opt/x/bin"})
    ::chmod(rig.at(path).c_str(), 0755);
  rig.type("install --conf /etc/exec-agent/mine.conf --user nobody");
  REQUIRE(rig.last_code == 0);
  rig.program.profile.description = "another";
  rig.type("install --update");
  const std::string unit = rig.read(ServiceRig::kUnit);
  CHECK(unit.find("Description=another\n") != std::string::npos);
  CHECK(unit.find("User=nobody\n") != std::string::npos);
  CHECK(unit.find("/etc/exec-agent/mine.conf") != std::string::npos);
}

TEST_CASE("An update without a service of ours changes nothing", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  SECTION("There is none") {}
  SECTION("It is another's") {
    rig.write(ServiceRig::kUnit, "[Service]\nExecStart=/opt/exec-agent/bin/exec-agent\n");
  }
  SECTION("It is masked") { std::filesystem::create_symlink("/dev/null", rig.at(ServiceRig::kUnit)); }
  const bool exists = rig.exists(ServiceRig::kUnit);
  const std::string before = exists ? rig.read(ServiceRig::kUnit) : "";
  rig.type("install --update");
  CHECK(rig.last_code == 0);
  CHECK(rig.exists(ServiceRig::kUnit) == exists);
  CHECK((exists ? rig.read(ServiceRig::kUnit) : "") == before);
  CHECK(rig.systemd.told.empty());
}

TEST_CASE("An update with a wrong configuration leaves the definition alone", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.type(std::string("install --conf ") + ServiceRig::kConf);
  const std::string before = rig.read(ServiceRig::kUnit);
  rig.program.profile.description = "another";
  rig.write_conf("basic.server = s:1\nbad = 1\n");
  CHECK(rig.type("install --update").ends_with("[78]\n"));
  CHECK(rig.read(ServiceRig::kUnit) == before);
}

TEST_CASE("An update takes no other option", "[service]") {
  ServiceRig rig;
  for (const char* option : {"--conf /x", "--user root", "--server s:1", "--now", "--force"})
    CHECK(rig.type(std::string("install --update ") + option).ends_with("[2]\n"));
}

TEST_CASE("install --server completes a configuration that names no server", "[service]") {
  ServiceRig rig;
  rig.write_conf(kSample);
  ::chmod(rig.at(ServiceRig::kConf).c_str(), 0640);
  rig.root.write("token", "secret-token-0123456789\n");
  const std::string line = std::string("install --server s:1 --id node-1 --token-file ") +
                           rig.root.file("token") + " --conf " + ServiceRig::kConf;
  SECTION("The rest of it stays") {
    rig.type(line);
    CHECK(rig.last_code == 0);
    CHECK(
        rig.read(ServiceRig::kConf) ==
        "# Id of this agent.\nbasic.id = node-1\n\nbasic.server = s:1\n#basic.token = <enrollment token>\nfoo = 1\n"
        "basic.token = secret-token-0123456789\n");
    struct stat found {};
    ::stat(rig.at(ServiceRig::kConf).c_str(), &found);
    CHECK((found.st_mode & 07777) == 0640);
    CHECK(rig.exists(ServiceRig::kUnit));
  }
  SECTION("It is as it was when nothing was installed") {
    rig.systemd.fails["enable"] = {1, "no\n"};
    rig.type(line);
    CHECK(rig.last_code == 1);
    CHECK(rig.read(ServiceRig::kConf) == kSample);
  }
  SECTION("An id that stands there is not replaced") {
    rig.write_conf("basic.id = other\nbasic.server =\n");
    CHECK(rig.type(line).find("its basic.id is 'other', not 'node-1'") != std::string::npos);
    CHECK(rig.read(ServiceRig::kConf) == "basic.id = other\nbasic.server =\n");
  }
}

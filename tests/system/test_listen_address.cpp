// A server whose listen address comes after it, as from DHCP: in a network namespace of its own.
#include <csignal>

#include "tests/system/service_scene.hpp"

using namespace test;
using agent::host::Connection;

namespace {

const std::string kUnshare = "/usr/bin/unshare";
const std::string kPython = "/usr/bin/python3";
const std::string kAddress = "192.0.2.1:13081";

// netdevice(7): loopback is up, and so the kernel has a table of addresses, without which any can be bound.
const std::string kLoopbackUp =
    "import fcntl, os, signal, socket, struct, sys\n"
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh22x', b'lo', 0x41))\n";
// SIOCSIFADDR
const std::string kAddressComes =
    "import fcntl, os, signal, socket, struct, sys\n"
    "address = struct.pack('16sH2x4s16x', b'lo:1', socket.AF_INET, socket.inet_aton('192.0.2.1'))\n"
    "def come(): fcntl.ioctl(socket.socket(), 0x8916, address)\n";

// agent-server in a network of its own that lacks its listen address.
Program::Arguments alone(const ServiceScene& scene) {
  const std::string conf = scene.server_conf(kAddress, "insecure = true\n");
  return {"-n",           kPython,  "-c", kLoopbackUp + "os.execv(sys.argv[1], sys.argv[1:])\n",
          kServerProgram, "--conf", conf};
}

Program::Arguments beside(const Program& server, const std::string& python) {
  return {"-t", std::to_string(server.pid()), "-n", kPython, "-c", kAddressComes + python};
}

void bring_address(const Program& server) {
  const auto [code, output] = run_program("/usr/bin/nsenter", beside(server, "come()\n"));
  INFO(output);
  REQUIRE(code == 0);
}

bool can_make_networks() {
  if (run_program(kUnshare, {"-n", "/bin/true"}).first == 0) return true;
  WARN("not run: no network namespaces here");
  return false;
}

}  // namespace

TEST_CASE("A server waits for a listen address that does not exist yet, and says so", "[system][service]") {
  if (!can_make_networks()) return;
  ServiceScene scene;
  Program server(kUnshare, alone(scene), scene.environment());
  scene.manager.wait_for("READY=1\n");
  scene.manager.wait_for("STATUS=waiting for the listen address " + kAddress +
                         ": Cannot assign requested address\n");
  CHECK(scene.status().connection == Connection::waiting);
  CHECK(scene.status().server == kAddress);
  server.wait_for("[WARNING]listen " + kAddress +
                  ": Cannot assign requested address; trying again every 1 s");
  CHECK(server.count("listening on") == 0);

  bring_address(server);
  scene.manager.wait_for("STATUS=listening on " + kAddress + "\n");
  server.wait_for("listening on " + kAddress);
  CHECK(scene.status().connection == Connection::listening);
  CHECK(server.count("Cannot assign") == 1);
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("A server that waits for its address stops when it is told to", "[system][service]") {
  if (!can_make_networks()) return;
  ServiceScene scene;
  Program server(kUnshare, alone(scene), scene.environment());
  scene.manager.wait_for("STATUS=waiting");
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("A server whose address comes and is in use ends with that error", "[system][service]") {
  if (!can_make_networks()) return;
  ServiceScene scene;
  Program server(kUnshare, alone(scene), scene.environment());
  scene.manager.wait_for("STATUS=waiting");
  // The port is taken on every address before this one comes.
  Program rival("/usr/bin/nsenter", beside(server,
                                           "taken = socket.socket(socket.AF_INET)\n"
                                           "taken.bind(('', 13081))\n"
                                           "taken.listen()\n"
                                           "come()\n"
                                           "print('up', flush=True)\n"
                                           "signal.pause()\n"));
  rival.wait_for("up");
  CHECK(server.wait() == 1);
  CHECK(server.count("listen " + kAddress + ": Address already in use") == 1);
  CHECK(server.count("terminate") == 0);
}

#include "tests/support/private_network.hpp"

#include <sched.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>

#include "tests/support/program.hpp"

namespace test {
namespace {

constexpr const char* kIp = "/usr/sbin/ip";

void ip(const Program::Arguments& arguments) {
  const auto [code, output] = run_program(kIp, arguments);
  if (code != 0) throw std::runtime_error("ip " + arguments[0] + ": " + output);
}

std::string user(uid_t uid) { return std::to_string(uid) + "-" + std::to_string(uid); }

// Rules of ours come before the one that finds local addresses, which is the first one usually.
void set_up() {
  ip({"link", "set", "lo", "up"});
  ip({"rule", "add", "pref", "1000", "lookup", "local"});
  ip({"rule", "del", "pref", "0"});
}

}  // namespace

// A namespace is a thread's.
bool PrivateNetwork::run(const std::function<void(PrivateNetwork&)>& work) {
  return std::async(std::launch::async,
                    [&work] {
                      if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) return false;
                      set_up();
                      PrivateNetwork network;
                      work(network);
                      return true;
                    })
      .get();
}

void PrivateNetwork::lose(std::uint16_t port) {
  for (const char* end : {"sport", "dport"}) {
    ip({"rule", "add", "pref", "10", "ipproto", "tcp", end, std::to_string(port), "blackhole"});
    ++rules_;
  }
}

void PrivateNetwork::lose(std::uint16_t port, uid_t sender) {
  ip({"rule", "add", "pref", "10", "uidrange", user(sender), "ipproto", "tcp", "dport", std::to_string(port),
      "blackhole"});
  ++rules_;
}

void PrivateNetwork::heal() {
  for (; rules_ > 0; --rules_) ip({"rule", "del", "pref", "10"});
}

}  // namespace test

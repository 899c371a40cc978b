// PrivateNetwork: a network namespace with loopback alone, for the steps of one test, in which packets can be
// lost. Only root can have one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace test {

class PrivateNetwork {
 public:
  // Calls `work` on a thread in it; threads and programs that it starts are in it, too. Throws what it does.
  // False: this user may not, `work` was not called.
  static bool run(const std::function<void(PrivateNetwork&)>& work);

  // What TCP sends to this port and from it is lost from now on, on connections that live and on those to
  // come.
  void lose(std::uint16_t port);
  // The same of what programs of one user send to it. What they are sent passes until it would have to be
  // acknowledged.
  void lose(std::uint16_t port, uid_t sender);
  // Nothing is lost any more.
  void heal();

 private:
  PrivateNetwork() = default;

  int rules_ = 0;
};

}  // namespace test

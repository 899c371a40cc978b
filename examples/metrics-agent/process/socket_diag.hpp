// Sockets by netlink: one dump of the kernel's for each family and protocol (sock_diag(7)). Linux.
#pragma once

#include "socket_rows.hpp"

enum class DumpOutcome {
  done,
  missing,  // the kernel cannot, and no row was used
  broken    // it failed on the way
};

// Calls `use` for every socket of that type in this process's network namespace; with `listening`, of TCP
// only those that listen. Any thread.
DumpOutcome dump_sockets(SocketType type, bool listening, const UseSocketRow& use);

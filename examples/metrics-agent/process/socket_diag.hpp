// Sockets by netlink: one dump of the kernel's for each family and protocol (sock_diag(7)). Linux.
#pragma once

#include <optional>
#include <string_view>

#include "socket_rows.hpp"

enum class DumpOutcome {
  done,
  missing,  // the kernel cannot, and no row was used
  broken    // it failed on the way
};

// DiagAnswer: what the kernel answers, datagram by datagram. Pure.
class DiagAnswer {
 public:
  DiagAnswer(SocketType type, const UseSocketRow& use) : type_(type), use_(use) {}

  // Uses the rows of one datagram, which must be aligned as the kernel's messages are. The outcome, once
  // there is one: nothing follows then.
  std::optional<DumpOutcome> add(std::string_view datagram);
  // Nothing more comes.
  DumpOutcome give_up() const { return used_ ? DumpOutcome::broken : DumpOutcome::missing; }

 private:
  SocketType type_;
  const UseSocketRow& use_;
  bool used_ = false;
};

// Calls `use` for every socket of that type in this process's network namespace; with `listening`, of TCP
// only those that listen. Any thread.
DumpOutcome dump_sockets(SocketType type, bool listening, const UseSocketRow& use);

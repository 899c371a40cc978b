// What of processes and connections is sampled, and how fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

// How command lines leave the machine: with secrets hidden (agent/arguments.hpp), as they are, or the name of
// the program alone.
enum class CommandLines { masked, full, name };

struct ProcessOptions {
  // "/host" for a container in which the host's root is mounted there (host.root).
  std::filesystem::path root = "/";
  CommandLines command_lines = CommandLines::masked;  // task.process.cmdline
  // Items in a second; 0: as fast as it goes. A negative one is the originals' default, 200 and 500.
  std::int64_t process_limit = 0;     // task.process.qps_limit. Each process is two items
  std::int64_t connection_limit = 0;  // task.conns.qps_limit. Each socket of a process is one item
  // Most entries of a list. With what a list of 20,000 takes as JSON, 5 MB, it still fits into a message.
  std::size_t most_processes = 20'000;
  std::size_t most_connections = 20'000;
  // Bytes of one command line, as older kernels cut it; what is longer is cut. All of a list together have at
  // most 2 MiB; beyond that only names are sent.
  std::size_t longest_command_line = 4096;
};

// MadeProcesses: a root whose /proc holds made-up processes and sockets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "tests/host/sample_tree.hpp"
#include "tests/support/variable.hpp"

struct MadeProcess {
  int pid = 0;
  std::string name = "program";
  std::uint64_t cpu_ticks = 0;
  std::uint64_t start_ticks = 0;
  std::uint64_t resident_pages = 0;
  std::string arguments = {};  // with zero bytes behind each
  unsigned user = 0;
  std::uint64_t swap_kb = 0;
};

// InMemory: files are made in memory while it lives, where the machine has a place for that. Thousands of
// small files take minutes on a busy disk.
class InMemory {
 protected:
  InMemory() {
    std::error_code failed;
    if (std::filesystem::is_directory("/dev/shm", failed)) place_.emplace("TMPDIR", "/dev/shm");
  }

 private:
  std::optional<test::Variable> place_;
};

class MadeProcesses : private InMemory, public agent::host::SampleTree {
 public:
  MadeProcesses() {
    write("proc/uptime", "1000.00 1500.00\n").write("proc/meminfo", "MemTotal:       4000000 kB\n");
    for (const char* file : {"tcp", "tcp6", "udp", "udp6", "unix"})
      write(std::string("proc/1/net/") + file, "");
    std::filesystem::remove(root() / "proc/1/stat");
    write("etc/passwd", "root:x:0:0:The Administrator:/root:/bin/sh\nbob:x:1000:1000:Bob Builder,,,:/:\n");
  }

  static std::string stat_text(const MadeProcess& made) {
    return std::to_string(made.pid) + " (" + made.name + ") S 1 1 1 0 -1 4202752 1 2 3 4 " +
           std::to_string(made.cpu_ticks) + " 0 900 900 20 0 1 0 " + std::to_string(made.start_ticks) +
           " 8192000 " + std::to_string(made.resident_pages) + " 18446744073709551615 1 1 0 0 0 0 0 0 0 0\n";
  }

  MadeProcesses& add(const MadeProcess& made) {
    const std::string directory = "proc/" + std::to_string(made.pid);
    write(directory + "/stat", stat_text(made));
    write(directory + "/status", "Name:\tx\nUid:\t7\t" + std::to_string(made.user) + "\t7\t7\nVmSwap:\t" +
                                     std::to_string(made.swap_kb) + " kB\n");
    write(directory + "/cmdline", made.arguments);
    std::filesystem::create_directories(root() / directory / "fd");
    return *this;
  }

  MadeProcesses& hold(int pid, int descriptor, int inode) {
    std::filesystem::create_symlink(
        "socket:[" + std::to_string(inode) + "]",
        root() / "proc" / std::to_string(pid) / "fd" / std::to_string(descriptor));
    return *this;
  }

  // A line of /proc/net/tcp and the like, with these two addresses as they stand there.
  static std::string inet_line(std::string_view local, std::string_view remote, std::string_view state,
                               int inode) {
    return "   0: " + std::string(local) + " " + std::string(remote) + " " + std::string(state) +
           " 00000000:00000000 00:00000000 00000000  1000        0 " + std::to_string(inode) +
           " 1 0000000000000000 100 0 0 10 0\n";
  }
};

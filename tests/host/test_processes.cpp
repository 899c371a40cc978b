#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "agent/account_names.hpp"
#include "agent/processes.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

using Outcome = ProcessFiles::Outcome;

// As kernels write them; the numbers of columns are 44, 52 and 52.
constexpr const char* kLinux2_6_32 =
    "1423 (sshd) S 1 1423 1423 0 -1 4202816 1093 53622 3 41 12 34 56 78 20 0 1 0 2417 67743744 302 "
    "18446744073709551615 140115268501504 140115269005156 140735586812896 140735586811016 140115229384435 0 0 "
    "4096 81925 18446744071580587289 0 0 17 3 0 0 2 0 0\n";
constexpr const char* kLinux3_10 =
    "2211 (nginx: (a) b) R 1 2211 2211 0 -1 1077944384 311 0 9 0 700 300 0 0 20 0 4 0 99001 125358080 561 "
    "18446744073709551615 94121201577984 94121202673116 140729822130480 140729822129728 140413047530755 0 0 "
    "1073745920 402745863 18446744071581108592 0 0 17 1 0 0 12 0 0 94121204773272 94121204876240 94121236918272 "
    "140729822138176 140729822138243 140729822138243 140729822138343 0\n";
constexpr const char* kLinux6 =
    "77 (a)\nb) Z 2 0 0 0 -1 69238880 0 0 0 0 0 5 0 0 20 0 1 0 20 0 0 18446744073709551615 0 0 0 0 0 0 0 "
    "2147483647 0 1 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

TEST_CASE("The status line of a process is read as kernels of all ages write it", "[host]") {
  const auto old = parse_process_stat(kLinux2_6_32);
  REQUIRE(old);
  CHECK(old->name == "sshd");
  CHECK(old->state == 'S');
  CHECK(old->parent == 1);
  CHECK(old->cpu_ticks == 12 + 34);  // without the 56 and 78 of children that have ended
  CHECK(old->start_ticks == 2417);
  CHECK(old->virtual_bytes == 67743744);
  CHECK(old->resident_pages == 302);

  const auto newer = parse_process_stat(kLinux3_10);
  REQUIRE(newer);
  CHECK(newer->name == "nginx: (a) b");
  CHECK(newer->cpu_ticks == 1000);
  CHECK(newer->threads == 4);
  CHECK(newer->start_ticks == 99001);

  const auto odd = parse_process_stat(kLinux6);
  REQUIRE(odd);
  CHECK(odd->name == "a)\nb");
  CHECK(odd->state == 'Z');
  CHECK(odd->parent == 2);
  CHECK(odd->virtual_bytes == 0);
}

TEST_CASE("What is no status line of a process is none", "[host]") {
  CHECK_FALSE(parse_process_stat(""));
  CHECK_FALSE(parse_process_stat("1423 (sshd) S 1 1423 1423"));
  CHECK_FALSE(parse_process_stat(") ("));
  CHECK_FALSE(parse_process_stat(std::string(64 * 1024, '\0')));
  CHECK_FALSE(parse_process_stat(std::string(64 * 1024, ' ')));
  CHECK(
      parse_process_stat(std::string("7 (a) S x y") + " z -1 9 9 9 9 9 9 1 2 3 4 20 0 1 0 44 0 0 new columns")
          ->start_ticks == 44);
}

TEST_CASE("The user is the effective one, and swap is in bytes", "[host]") {
  const auto status = parse_process_status(
      "Name:\tpasswd\nState:\tS (sleeping)\nPid:\t7\nUid:\t1000\t0\t0\t0\nGid:\t1000\t1000\t1000\t1000\n"
      "VmRSS:\t     100 kB\nVmSwap:\t     124 kB\nThreads:\t1\n");
  REQUIRE(status);
  CHECK(status->user_id == 0);
  CHECK(status->swap_bytes == 124 * 1024);
  // 2.6.32 tells no swap, and a thread of the kernel has no memory.
  const auto old = parse_process_status("Name:\tkthreadd\nUid:\t5\t4294967294\t5\t5\n");
  REQUIRE(old);
  CHECK(old->user_id == 4294967294);
  CHECK(old->swap_bytes == 0);
  CHECK_FALSE(parse_process_status(""));
  CHECK_FALSE(parse_process_status("Name:\tx\nUid:\t\n"));
  CHECK_FALSE(parse_process_status(std::string(1000, '\xff')));
}

TEST_CASE("Files of processes are read below another root", "[host]") {
  SampleTree tree;
  tree.write("proc/12/stat", "text")
      .write("proc/12/empty", "")
      .write("proc/uptime", "1 2")
      .write("proc/7x/stat", "");
  std::filesystem::create_directories(tree.root() / "proc/12/fd");
  std::filesystem::create_symlink("socket:[4711]", tree.root() / "proc/12/fd/5");
  std::filesystem::create_symlink("pipe:[4712]", tree.root() / "proc/12/fd/6");
  std::filesystem::create_symlink("socket:[]", tree.root() / "proc/12/fd/7");
  ProcessFiles files(tree.root());
  CHECK(files.ids() == std::vector<int>{12});

  CHECK(files.read(12, "stat") == "text");
  CHECK(files.outcome() == Outcome::done);
  CHECK(files.read(12, "stat", 2) == "te");
  CHECK(files.read(12, "empty").empty());
  CHECK(files.outcome() == Outcome::done);
  CHECK(files.read(13, "stat").empty());
  CHECK(files.outcome() == Outcome::ended);
  CHECK(files.read(12, "fd").empty());
  CHECK(files.outcome() == Outcome::failed);

  std::vector<std::pair<int, std::uint64_t>> sockets;
  files.for_each_socket(
      12, [&](int descriptor, std::uint64_t inode) { sockets.emplace_back(descriptor, inode); });
  CHECK(sockets == std::vector<std::pair<int, std::uint64_t>>{{5, 4711}});
  files.for_each_socket(13, [](int, std::uint64_t) { FAIL("no such process"); });
  CHECK(files.outcome() == Outcome::ended);
}

TEST_CASE("A machine without /proc has no processes", "[host]") {
  SampleTree tree;
  ProcessFiles files(tree.root());
  CHECK(files.ids().empty());
  CHECK(files.read(1, "stat").empty());
}

TEST_CASE("This process is found in the real /proc", "[host]") {
  ProcessFiles files;
  const std::vector<int> ids = files.ids();
  CHECK(std::find(ids.begin(), ids.end(), ::getpid()) != ids.end());
  const auto stat = parse_process_stat(files.read(::getpid(), "stat"));
  REQUIRE(stat);
  CHECK(stat->parent == ::getppid());
  const auto status = parse_process_status(files.read(::getpid(), "status"));
  REQUIRE(status);
  CHECK(status->user_id == ::geteuid());
}

TEST_CASE("Accounts below another root come from its files alone", "[host]") {
  SampleTree tree;
  tree.write("etc/passwd",
             "root:x:0:0:The Administrator,,,:/root:/bin/sh\n#old:x:5:5::/:\nbroken\nalso:x\n:x:9:\n"
             "bob:x:1000:100:Bob Builder:/home/bob:/bin/sh\nrob:x:1000:100::/:\n");
  tree.write("etc/group", "staff:x:100:bob\n");
  AccountNames names(tree.root());
  CHECK(names.user(0) == "root");  // the login, not the full name
  CHECK(names.user(1000) == "bob");
  CHECK(names.user(5).empty());
  CHECK(names.user(4711).empty());
  CHECK(names.group(100) == "staff");
  SampleTree nothing;
  CHECK(AccountNames(nothing.root()).user(0).empty());
}

}  // namespace
}  // namespace agent::host

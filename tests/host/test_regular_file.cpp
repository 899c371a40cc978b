#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/error.hpp"
#include "host/regular_file.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

void check_refused(const std::string& path) {
  INFO(path);
  CHECK_FALSE(regular_file_facts(path).has_value());
  try {
    RegularFile file(path);
    FAIL("opened it");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::not_found);
    CHECK_THAT(error.what(), Catch::Contains(path));
  }
}

TEST_CASE("A regular file is read to its end", "[host]") {
  SampleTree tree;
  tree.write("a.log", "hello world");
  RegularFile file(tree.path("a.log"));
  CHECK(file.facts().size == 11);
  std::array<char, 6> buffer{};
  CHECK(file.read(buffer) == 6);
  CHECK(file.read(buffer) == 5);
  CHECK(std::string(buffer.data(), 5) == "world");
  CHECK(file.read(buffer) == 0);
}

TEST_CASE("The facts of a regular file are its size and time", "[host]") {
  SampleTree tree;
  tree.write("a.log", "hello");
  timespec times[2] = {{1000000000, 0}, {1700000000, 123456789}};
  REQUIRE(::utimensat(AT_FDCWD, tree.path("a.log").c_str(), times, 0) == 0);
  auto facts = regular_file_facts(tree.path("a.log"));
  REQUIRE(facts.has_value());
  CHECK(facts->size == 5);
  CHECK(facts->modified.time_since_epoch() == std::chrono::nanoseconds(1700000000123456789));
  CHECK(RegularFile(tree.path("a.log")).facts().modified == facts->modified);
}

TEST_CASE("Links, FIFOs, sockets, devices, directories and missing files are refused", "[host]") {
  SampleTree tree;
  tree.write("target", "secret");
  REQUIRE(::symlink(tree.path("target").c_str(), tree.path("link").c_str()) == 0);
  REQUIRE(::symlink("nowhere", tree.path("dangling").c_str()) == 0);
  REQUIRE(::mkfifo(tree.path("fifo").c_str(), 0600) == 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  tree.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(listener);

  for (const char* name : {"link", "dangling", "fifo", "socket", "missing", "target/below"})
    check_refused(tree.path(name));
  check_refused(tree.root());
  check_refused("/dev/null");
  check_refused(tree.path(std::string(5000, 'x')));
}

}  // namespace
}  // namespace agent::host

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "examples/logkit-agent/read/file_watch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;
using namespace std::chrono_literals;

namespace {

void append(const std::string& path) { std::ofstream(path, std::ios::app) << "a line\n"; }

}  // namespace

TEST_CASE("What is written while nobody looks is one change of each file", "[logkit]") {
  const test::TempDir directory;
  const std::string a = directory.path() + "/a";
  const std::string b = directory.path() + "/b";
  append(a);
  append(b);
  FileWatch watch;
  watch.watch({directory.path()});
  REQUIRE(watch.is_watching());
  for (int i = 0; i < 50; ++i) append(i % 2 == 0 ? a : b);
  CHECK_FALSE(watch.pause(1ms));
  const FileChanges changes = watch.wait(1h);
  CHECK(changes.written == std::vector{a, b});
  CHECK_FALSE(changes.names);
  CHECK(watch.wait(0s).written.empty());
}

TEST_CASE("A pause ends when it is woken, also when that came before", "[logkit]") {
  FileWatch watch;
  watch.wake();
  CHECK(watch.pause(1h));
  CHECK_FALSE(watch.pause(0s));
  std::thread other([&] { watch.wake(); });
  CHECK(watch.pause(1h));
  other.join();
}

#include "examples/metrics-agent/host/space.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/temp_dir.hpp"

using namespace host;
using Kind = Measured::Kind;

namespace {

// A file system of which these are the places; its device is that of the path.
FileSystem on_device_of(const std::string& path, const std::vector<std::string>& places) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  FileSystem system;
  system.major = ::major(found.st_dev);
  system.minor = ::minor(found.st_dev);
  system.type = "ext4";
  for (const std::string& place : places) system.places.emplace_back().point = place;
  return system;
}

}  // namespace

TEST_CASE("A file system is measured as statvfs says", "[metrics][space]") {
  const test::TempDir directory;
  struct statvfs answer {};
  const Measured measured = measure_space("", on_device_of(directory.path(), {directory.path()}));
  REQUIRE(::statvfs(directory.path().c_str(), &answer) == 0);
  REQUIRE(measured.kind == Kind::space);
  CHECK(measured.space.total == answer.f_blocks * answer.f_frsize);
  CHECK(measured.space.inodes == answer.f_files);
  CHECK(measured.space.used <= measured.space.total);
  CHECK(measured.space.percent() >= 0);
  CHECK(measured.space.percent() <= 100);
}

TEST_CASE("The machine's root is put before the place", "[metrics][space]") {
  const test::TempDir directory;
  REQUIRE(::mkdir(directory.file("mnt").c_str(), 0755) == 0);
  CHECK(measure_space(directory.path(), on_device_of(directory.path(), {"/mnt"})).kind == Kind::space);
  CHECK(measure_space(directory.path(), on_device_of(directory.path(), {"/"})).kind == Kind::space);
}

TEST_CASE("A place where another file system is, is not measured", "[metrics][space]") {
  const test::TempDir directory;
  FileSystem system = on_device_of(directory.path(), {directory.path()});
  ++system.minor;
  CHECK(measure_space("", system).kind == Kind::hidden);
  system.type = "btrfs";  // its subvolumes have numbers of their own
  CHECK(measure_space("", system).kind == Kind::space);
}

TEST_CASE("The first place that is a directory is measured", "[metrics][space]") {
  const test::TempDir directory;
  const std::string file = directory.write("hosts", "127.0.0.1 localhost\n");
  CHECK(measure_space("", on_device_of(directory.path(), {file})).kind == Kind::file);
  const Measured measured = measure_space("", on_device_of(directory.path(), {file, directory.path()}));
  CHECK(measured.kind == Kind::space);
  CHECK(measured.place == 1);
}

TEST_CASE("A place that is missing says so", "[metrics][space]") {
  const test::TempDir directory;
  const Measured measured = measure_space("", on_device_of(directory.path(), {directory.file("gone")}));
  CHECK(measured.kind == Kind::failed);
  CHECK(measured.problem == "No such file or directory");
}

TEST_CASE("An empty file system is no division by nothing", "[metrics][space]") {
  CHECK(Space{}.percent() == 0);
  CHECK(Space{}.inodes_percent() == 0);
  CHECK(Space{100, 50, 0, 0, 0}.percent() == 100);
}

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/account_names.hpp"
#include "agent/error.hpp"
#include "agent/files.hpp"
#include "tests/support/temp_dir.hpp"

using agent::AllowedDirectories;
using agent::Errc;
using agent::Error;
using agent::FileEntry;
using test::TempDir;

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kDirectory = 2147483648;
constexpr std::uint32_t kLink = 134217728;

FileEntry entry_of(const std::string& directory, const std::string& name) {
  for (FileEntry& entry : agent::list_directory(directory)) {
    if (entry.name == name) return entry;
  }
  FAIL("no entry " << name);
  return {};
}

Errc failure_of(const std::string& directory, const AllowedDirectories& allowed = {}) {
  try {
    agent::list_directory(directory, allowed);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it was listed");
  return {};
}

}  // namespace

TEST_CASE("Go mode bits of the wire's examples", "[host]") {
  CHECK(agent::go_mode(S_IFREG | 0644) == 420);
  CHECK(agent::go_mode(S_IFDIR | 0755) == 2147484141);
  CHECK(agent::go_mode(S_IFLNK | 0777) == 134218239);
  CHECK(agent::go_mode(S_IFDIR | 01777) == 2148532735);
  CHECK(agent::go_mode(S_IFCHR | 0620) == (1u << 26 | 1u << 21 | 0620));
  CHECK(agent::go_mode(S_IFBLK | 0660) == (1u << 26 | 0660));
  CHECK(agent::go_mode(S_IFIFO | 0600) == (1u << 25 | 0600));
  CHECK(agent::go_mode(S_IFSOCK | 0700) == (1u << 24 | 0700));
  CHECK(agent::go_mode(S_IFREG | 06755) == (1u << 23 | 1u << 22 | 0755));
  CHECK(agent::posix_permissions(420) == 0644);
  CHECK(agent::posix_permissions(1u << 23 | 1u << 22 | 1u << 20 | 0755) == 07755);
  CHECK(agent::posix_permissions(kDirectory | kLink | 0640) == 0640);
}

TEST_CASE("A directory is listed by name, with what each entry is", "[host]") {
  TempDir dir;
  dir.write("b.txt", "12345");
  fs::create_directory(dir.file("c"));
  dir.write("a.txt", "");
  ::chmod(dir.file("b.txt").c_str(), 0640);
  std::vector<FileEntry> entries = agent::list_directory(dir.path());
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].name == "a.txt");
  CHECK(entries[1].name == "b.txt");
  CHECK(entries[1].size == 5);
  CHECK(entries[1].mode == 0640);
  CHECK_FALSE(entries[1].is_link);
  CHECK(entries[1].modified.seconds > 1'700'000'000);
  CHECK(entries[2].name == "c");
  CHECK((entries[2].mode & kDirectory) != 0);
}

TEST_CASE("An entry's owner is the login name, not the full name", "[host]") {
  TempDir dir;
  dir.write("mine", "");
  if (::geteuid() == 0) REQUIRE(::chown(dir.file("mine").c_str(), 0, 0) == 0);
  FileEntry entry = entry_of(dir.path(), "mine");
  agent::AccountNames names;
  CHECK(entry.user == names.user(::geteuid()));
  if (::geteuid() == 0) CHECK(entry.user == "root");
  if (::geteuid() == 0) CHECK(entry.group == "root");
}

TEST_CASE("An owner without a name is shown as none", "[host]") {
  if (::geteuid() != 0) return;
  TempDir dir;
  dir.write("orphan", "");
  REQUIRE(::chown(dir.file("orphan").c_str(), 3'999'999, 3'999'999) == 0);
  CHECK(entry_of(dir.path(), "orphan").user.empty());
  CHECK(entry_of(dir.path(), "orphan").group.empty());
}

TEST_CASE("A link is listed as one, and as a directory too when it leads to one", "[host]") {
  TempDir dir;
  dir.write("file", "123");
  fs::create_directory(dir.file("directory"));
  fs::create_symlink("file", dir.file("to-file"));
  fs::create_symlink(dir.file("directory"), dir.file("to-directory"));
  fs::create_symlink("nowhere", dir.file("dangling"));
  FileEntry to_file = entry_of(dir.path(), "to-file");
  CHECK(to_file.is_link);
  CHECK(to_file.link_target == "file");
  CHECK((to_file.mode & (kLink | kDirectory)) == kLink);
  FileEntry to_directory = entry_of(dir.path(), "to-directory");
  CHECK(to_directory.link_target == dir.file("directory"));
  CHECK((to_directory.mode & (kLink | kDirectory)) == (kLink | kDirectory));
  FileEntry dangling = entry_of(dir.path(), "dangling");
  CHECK(dangling.is_link);
  CHECK((dangling.mode & kDirectory) == 0);
}

TEST_CASE("Devices, FIFOs and sockets are listed and not touched", "[host]") {
  TempDir dir;
  REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  CHECK((entry_of(dir.path(), "fifo").mode & (1u << 25)) != 0);
  CHECK((entry_of("/dev", "null").mode & (1u << 26 | 1u << 21)) == (1u << 26 | 1u << 21));
}

TEST_CASE("What is no directory or not there is told with the system's text", "[host]") {
  TempDir dir;
  dir.write("file", "");
  CHECK(failure_of(dir.file("missing")) == Errc::not_found);
  CHECK(failure_of(dir.file("file")) == Errc::not_found);
  CHECK(failure_of("") == Errc::bad_message);
  CHECK(failure_of(std::string("/tmp\0/x", 7)) == Errc::bad_message);
  CHECK_THROWS_WITH(agent::list_directory(dir.file("missing")), Catch::Contains("No such file or directory"));
}

TEST_CASE("Only allowed directories are listed, wherever links lead", "[host]") {
  TempDir dir;
  fs::create_directories(dir.file("open/inner"));
  fs::create_directory(dir.file("open-not"));
  fs::create_directory_symlink(dir.file("open-not"), dir.file("open/out"));
  fs::create_directory_symlink(dir.file("open/inner"), dir.file("in"));
  const AllowedDirectories allowed({dir.file("missing"), dir.file("open")});
  CHECK_NOTHROW(agent::list_directory(dir.file("open"), allowed));
  CHECK_NOTHROW(agent::list_directory(dir.file("open/inner/"), allowed));
  CHECK_NOTHROW(agent::list_directory(dir.file("in"), allowed));
  CHECK(failure_of(dir.path(), allowed) == Errc::denied);
  CHECK(failure_of(dir.file("open-not"), allowed) == Errc::denied);
  CHECK(failure_of(dir.file("open/../open-not"), allowed) == Errc::denied);
  CHECK(failure_of(dir.file("open/out"), allowed) == Errc::denied);
  CHECK_THROWS_WITH(agent::list_directory("/etc", allowed),
                    "/etc: outside of the directories that this agent serves");
}

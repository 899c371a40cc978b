#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/error.hpp"
#include "agentctl/local_tree.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agentctl;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("A file takes its name once it is whole, and leaves nothing before", "[agentctl]") {
  test::TempDir dir;
  const LocalTree tree(dir.path());
  {
    ArrivingFile file(tree.directory(), "name", 0600);
    file.write("half");
    CHECK_FALSE(std::filesystem::exists(dir.file("name")));
  }
  CHECK(std::filesystem::is_empty(dir.path()));
  ArrivingFile file(tree.directory(), "name", 0600);
  file.write("wrong");
  file.begin_again();
  file.write("right");
  file.arrive();
  CHECK(content_of(dir.file("name")) == "right");
}

TEST_CASE("A link that stands where a directory is to be is not followed", "[agentctl]") {
  test::TempDir dir;
  test::TempDir outside;
  REQUIRE(::symlink(outside.path().c_str(), dir.file("a").c_str()) == 0);
  REQUIRE(::mkdir(dir.file("b").c_str(), 0700) == 0);
  REQUIRE(::symlink(outside.path().c_str(), dir.file("b/c").c_str()) == 0);
  const LocalTree tree(dir.path());
  CHECK_THROWS_AS(tree.enter("a"), agent::Error);
  const LocalTree below = tree.enter("b");
  CHECK_THROWS_AS(below.enter("c"), agent::Error);
  CHECK(std::filesystem::is_empty(outside.path()));
}

TEST_CASE("A link that stands where a file is to be is replaced and not written through", "[agentctl]") {
  test::TempDir dir;
  test::TempDir outside;
  REQUIRE(::symlink(outside.file("victim").c_str(), dir.file("name").c_str()) == 0);
  const LocalTree tree(dir.path());
  ArrivingFile file(tree.directory(), "name", 0600);
  file.write("x");
  file.arrive();
  CHECK(std::filesystem::is_empty(outside.path()));
  CHECK(content_of(dir.file("name")) == "x");
}

TEST_CASE("A file does not take the name of a directory or a pipe", "[agentctl]") {
  test::TempDir dir;
  REQUIRE(::mkdir(dir.file("directory").c_str(), 0700) == 0);
  REQUIRE(::mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  const LocalTree tree(dir.path());
  CHECK_THROWS_AS(ArrivingFile(tree.directory(), "directory", 0600), agent::Error);
  CHECK_THROWS_AS(ArrivingFile(tree.directory(), "pipe", 0600), agent::Error);
}

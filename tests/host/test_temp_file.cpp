#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/error.hpp"
#include "host/temp_file.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

TEST_CASE("A temporary file gives back what was written, from any offset", "[host]") {
  TempFile file;
  file.write(file.size(), "hello ");
  file.write(file.size(), "");
  file.write(file.size(), "world");
  CHECK(file.size() == 11);
  CHECK(file.read(0, 11) == "hello world");
  CHECK(file.read(6, 3) == "wor");
  CHECK(file.read(6, 1000) == "world");
  CHECK(file.read(11, 1).empty());
  CHECK(file.read(~0ULL, 1).empty());
  CHECK(file.read(0, 0).empty());
}

TEST_CASE("A temporary file has no name in its directory", "[host]") {
  SampleTree tree;
  TempFile file(tree.root());
  file.write(file.size(), "secret");
  CHECK(std::filesystem::is_empty(tree.root()));
}

TEST_CASE("A temporary file in a directory that does not exist is an io error naming it", "[host]") {
  SampleTree tree;
  try {
    TempFile file(tree.path("missing"));
    FAIL("made a file");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::io);
    CHECK_THAT(error.what(), Catch::Contains("missing") && Catch::Contains("No such file"));
  }
}

}  // namespace
}  // namespace agent::host

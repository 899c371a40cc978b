#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/path_text.hpp"
#include "tests/support/temp_dir.hpp"

using agent::find_shown_path;
using agent::path_bytes;
using agent::path_text;

TEST_CASE("A path that is UTF-8 is shown as it is", "[base]") {
  for (const char* path : {"", "/a/b", "/caf\xC3\xA9", "/100%", "/a%E9b", "/a\\b c"})
    CHECK(path_text(path) == path);
}

TEST_CASE("A path that is not UTF-8 is shown with the bytes that are none percent-encoded, and comes back",
          "[base]") {
  CHECK(path_text("caf\xE9") == "caf%E9");
  CHECK(path_text("caf\xC3\xA9\xE9") == "caf\xC3\xA9%E9");
  CHECK(path_text("50%\xFF") == "50%25%FF");
  CHECK(path_text("a%E9b\xE9") == "a%25E9b%E9");
  for (const char* path : {"caf\xE9", "50%\xFF", "a%E9b\xE9", "\x80%25\xC3", "%25%\xFE%25"}) {
    CHECK(path_bytes(path_text(path)) == path);
  }
}

TEST_CASE("No escape leads anywhere else", "[base]") {
  for (const char* text : {"%2F", "%2e%2E", "%00", "%41", "%", "%2", "%zz", "% 9"})
    CHECK(path_bytes(text) == text);
}

TEST_CASE("A shown path is found part by part, and a literal name goes first", "[base]") {
  test::TempDir dir;
  namespace fs = std::filesystem;
  fs::create_directory(dir.file("d\xE9"));
  dir.write("d\xE9/x\xFF", "");
  dir.write("50%25", "");
  dir.write("both\xE9", "");
  dir.write("both%E9", "");
  CHECK(find_shown_path(dir.file("d%E9/x%FF")) == dir.file("d\xE9/x\xFF"));
  CHECK(find_shown_path(dir.file("d%E9/missing%FF")) == dir.file("d\xE9/missing%FF"));
  CHECK(find_shown_path(dir.file("50%25")) == dir.file("50%25"));
  CHECK(find_shown_path(dir.file("both%E9")) == dir.file("both%E9"));
  CHECK(find_shown_path(dir.file("missing")) == dir.file("missing"));
  CHECK(find_shown_path(std::string("%E9\0", 4)) == std::string("%E9\0", 4));
}

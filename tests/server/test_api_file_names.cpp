// Names of files, and what is asked of agents that know neither parts nor conditions.
#include <catch2/catch.hpp>
#include <mutex>

#include "tests/server/file_script.hpp"
#include "tests/support/stable.hpp"

using namespace test;
namespace wire = agent::wire;

TEST_CASE("The stored name is the base name whatever path came with the file", "[server]") {
  FileFixture fixture;
  for (const char* name : {"../../etc/passwd", "/etc/passwd", "passwd"}) {
    CHECK(stable(fixture.upload(form_field("dir", "/srv") + form_file(name, "x") + kFormEnd).body) ==
          kUploaded);
    CHECK(fixture.script.uploads.back().name == "passwd");
  }
}

TEST_CASE("A backslash is a character of a name", "[server]") {
  FileFixture fixture;
  for (const char* name : {R"(a\b)", R"(C:\dir\x)"}) {  // in quotes one of two is an escape
    CHECK(stable(fixture.upload(form_field("dir", R"(/srv/c\d)") + form_file(name, "x") + kFormEnd).body) ==
          kUploaded);
    CHECK(fixture.script.uploads.back().dir == R"(/srv/c\d)");
  }
  CHECK(fixture.script.uploads[0].name == R"(a\b)");
  CHECK(fixture.script.uploads[1].name == R"(C:\dir\x)");
}

TEST_CASE("An upload to a name that is not UTF-8 is refused rather than renamed", "[server]") {
  FileFixture fixture;
  for (const std::string& body : {form_field("dir", "/srv") + form_file("caf\xE9", "x") + kFormEnd,
                                  form_field("dir", "/srv/caf\xE9") + form_file("x", "x") + kFormEnd}) {
    CHECK(stable(fixture.upload(body).body) ==
          R"({"code":400,"msg":"bad param: file: its name and directory must be UTF-8"})");
  }
  CHECK(fixture.script.uploads.empty());
}

TEST_CASE("A path that is not UTF-8 goes to the agent percent-encoded, and says so", "[server]") {
  FileFixture fixture;
  fixture.server.get("/api/file/f-1/download?dir=/x%25/caf%E9");
  fixture.server.get("/api/file/f-1/download?dir=/x%25/caf");
  std::lock_guard lock(fixture.script.mutex);
  REQUIRE(fixture.script.downloads.size() == 2);
  CHECK(fixture.script.downloads[0].dir == "/x%25/caf%E9");
  CHECK(fixture.script.downloads[0].encoded);
  CHECK(fixture.script.downloads[1].dir == "/x%/caf");
  CHECK_FALSE(fixture.script.downloads[1].encoded);
}

TEST_CASE("Files of an original come whole, whatever part or condition is asked for", "[server]") {
  FileFixture fixture;
  for (const char* header : {"Range: bytes=0-9\r\n", "If-None-Match: *\r\n", "If-Match: \"x\"\r\n",
                             "If-Modified-Since: Wed, 01 Jan 2031 00:00:00 GMT\r\n"}) {
    const HttpReply reply = fixture.server.get("/api/file/f-1/download?dir=/x", header);
    CHECK(reply.status == 200);
    CHECK(reply.body == fixture.script.content);
    CHECK_THAT(reply.head, Catch::Contains("Accept-Ranges: none\r\n") && !Catch::Contains("ETag"));
  }
  std::lock_guard lock(fixture.script.mutex);
  for (const wire::DownloadRequest& request : fixture.script.downloads) CHECK(request.length == 0);
}

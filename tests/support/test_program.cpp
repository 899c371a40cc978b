#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/json_text.hpp"
#include "tests/support/program.hpp"

using namespace test;

TEST_CASE("A program's output, end and exit code are seen", "[support]") {
  Program program("/bin/sh", {"-c", "echo port $PORT; echo error >&2; exit 7"}, {{"PORT", "42"}});
  CHECK(program.wait_for_rest_of("port ") == "42");
  CHECK(program.wait() == 7);
  CHECK(program.output() == "port 42\nerror\n");
}

TEST_CASE("A program that ends before it says what it should is a failure with its output", "[support]") {
  Program program("/bin/sh", {"-c", "echo sorry"});
  CHECK_THROWS_WITH(program.wait_for("hello"), Catch::Contains("sorry"));
  CHECK(run_program("/no/such/program").first == 127);
}

TEST_CASE("A program ends with its object", "[support]") {
  pid_t pid = 0;
  {
    Program program("/bin/sleep", {"1000"});
    pid = program.pid();
    CHECK(program.is_running());
    CHECK(program.resident_bytes() > 0);
    CHECK(program.descriptors() >= 3);
  }
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("What a test puts into a program's environment is all that the program finds there", "[support]") {
  Program program("/usr/bin/env", {}, {{"HOME", "/nowhere"}});
  CHECK(program.wait() == 0);
  CHECK(program.count("HOME=/nowhere\n") == 1);
  CHECK(program.count("\nHOME=") == 1);  // not the test's own in front of it
}

TEST_CASE("A signal shows in the exit code", "[support]") {
  Program program("/bin/sleep", {"1000"});
  program.signal(SIGTERM);
  CHECK(program.wait() == 128 + SIGTERM);
}

TEST_CASE("A JSON path leads to a value", "[support]") {
  const std::string json = R"({"code":200,"payload":[{"id":"a"},{"id":"b","n":1.5}]})";
  CHECK(json_at(json, "code") == "200");
  CHECK(json_at(json, "payload.1.id") == "b");
  CHECK(json_at(json, "payload.1.n") == "1.5");
  CHECK(json_at(json, "payload.2.id") == "");
}

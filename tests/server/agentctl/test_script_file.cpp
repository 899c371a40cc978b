#include "agentctl/script_file.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agentctl;

TEST_CASE("The type of a script is in its first line or its name", "[server]") {
  CHECK(script_type("x", "#!/bin/sh\n", "") == "sh");
  CHECK(script_type("x", "#!/usr/bin/env python3\nprint()", "") == "python3");
  CHECK(script_type("x", "#!/bin/bash -eu\r\n", "") == "bash");
  CHECK(script_type("x.py", "print()", "") == "python3");
  CHECK(script_type("x.sh", "#!/bin/bash", "lua") == "lua");
  CHECK_THROWS_AS(script_type("x", "echo", ""), agent::Error);
}

TEST_CASE("A form carries commas in the only argument", "[server]") {
  test::TempDir dir;
  dir.write("x.sh", "echo\n");
  RunOptions options;
  options.words = {"a,b"};
  const ScriptForm form = script_form(dir.file("x.sh"), options);
  CHECK(form.body.find("name=\"args\"\r\n\r\na%2c%b\r\n") != std::string::npos);
  CHECK(form.body.find("\r\n\r\necho\n\r\n--") != std::string::npos);
  options.words = {"a,b", "c"};
  CHECK(script_form(dir.file("x.sh"), options).body.find("\r\n\r\na,b\r\n") != std::string::npos);
}

TEST_CASE("A layout's form numbers the groups", "[server]") {
  test::TempDir dir;
  dir.write("x.sh", "echo\n");
  const ScriptForm form = layout_form(dir.file("x.sh"), RunOptions(), {{"a", "b"}, {"c"}}, "continue");
  CHECK(form.body.find("name=\"ids\"\r\n\r\nc\r\n") != std::string::npos);
  CHECK(form.body.find("name=\"group\"\r\n\r\n2\r\n") != std::string::npos);
  CHECK(form.body.find("name=\"onerror\"\r\n\r\ncontinue\r\n") != std::string::npos);
}

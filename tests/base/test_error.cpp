#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"

using agent::Errc;
using agent::Error;
using namespace std::string_literals;

TEST_CASE("An error's text is whole, whatever bytes it has", "[base]") {
  const std::string text = "open /a\0b: invalid argument"s;
  const Error error(Errc::io, text);
  CHECK(error.text() == text);
  CHECK(error.what() == std::string("open /a"));
  CHECK(error.within("ls").text() == "ls: " + text);
  const Error copy = error;  // as a throw makes one
  CHECK(copy.text() == text);
  CHECK(Error(Errc::io, "plain").text() == "plain");
  CHECK(agent::system_error(text, 22).text() == text + ": Invalid argument");
}

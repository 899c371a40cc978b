#include "agent/auth.hpp"

#include <catch2/catch.hpp>

#include "agent/error.hpp"

using namespace agent;

TEST_CASE("sudo and su are known in any case, and nothing is none", "[base]") {
  CHECK(parse_auth("") == Auth::none);
  CHECK(parse_auth("sudo") == Auth::sudo);
  CHECK(parse_auth("SuDo") == Auth::sudo);
  CHECK(parse_auth("SU") == Auth::su);
}

TEST_CASE("What is neither sudo nor su is never taken for none", "[base]") {
  const std::string text = GENERATE(as<std::string>(), "doas", "s", " su", "su ", std::string("su\0", 3),
                                    std::string("\0", 1), "none");
  try {
    parse_auth(text);
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    CHECK(std::string(error.what()) == "auth: neither sudo nor su");
  }
}

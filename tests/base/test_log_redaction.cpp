#include "base/log_redaction.hpp"

#include <catch2/catch.hpp>

using namespace agent;

TEST_CASE("What follows the names of credentials is masked", "[base]") {
  CHECK(mask_credentials("Authorization: Bearer abc.def-123 sent") == "Authorization: Bearer *** sent");
  CHECK(mask_credentials("authorization: bearer   abc") == "authorization: bearer   ***");
  CHECK(mask_credentials("password=hunter2&user=x") == "password=***&user=x");
  CHECK(mask_credentials("PASSWORD = hunter2, next") == "PASSWORD = ***, next");
  CHECK(mask_credentials("api_token=abc;x") == "api_token=***;x");
  CHECK(mask_credentials("token=\"a b\" c") == "token=\"***\" c");
  CHECK(mask_credentials(R"({"token":"a\"b","id":1})") == R"({"token":"***","id":1})");
  CHECK(mask_credentials(R"({"password" : "x", "secret":12})") == R"({"password" : "***", "secret":***})");
  CHECK(mask_credentials("via http://user:pass@proxy:8080/x?y=@") == "via http://user:***@proxy:8080/x?y=@");
  CHECK(mask_credentials("token=a token=b") == "token=*** token=***");
}

TEST_CASE("Ordinary text is not masked", "[base]") {
  for (const char* text : {"token: must be set", "the token expired", "token_file=/etc/x",
                           "password=", "a bearer", "http://host:8080/a@b", "http://user@host/",
                           "passwords = many", "", "secret", "token=\"\"", "token=\""}) {
    CHECK(mask_credentials(text) == text);
  }
}

TEST_CASE("A hidden secret is masked wherever it stands, the longest first", "[base]") {
  Redaction redaction;
  redaction.hide("abcd");
  redaction.hide("abcdef");
  redaction.hide("abcdef");
  redaction.hide("xyz");  // too short
  redaction.hide("");
  CHECK(redaction.apply("1 abcdefg 2 abcd 3 xyz") == "1 ***g 2 *** 3 xyz");
  CHECK(redaction.apply("abcdabcd") == "******");
}

TEST_CASE("Control characters are written out", "[base]") {
  CHECK(escape_controls("a\nb\rc\td") == "a\\nb\\rc\td");
  CHECK(escape_controls(std::string("\x1b[31m\x00\x7f", 7)) == "\\x1b[31m\\x00\\x7f");
  CHECK(escape_controls("caf\xc3\xa9 \xe4\xb8\xad") == "caf\xc3\xa9 \xe4\xb8\xad");
  CHECK(escape_controls("\xc2\x9b"
                        "31m \xc2\xa0") == "\\x9b31m \xc2\xa0");
}

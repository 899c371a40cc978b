#include "base/log_redaction.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

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

TEST_CASE("Credentials of command lines are masked", "[base]") {
  const std::pair<const char*, const char*> lines[] = {
      {"psql --password hunter2 -h db", "psql --password *** -h db"},
      {"x --db-password=a,b;c -v", "x --db-password=*** -v"},
      {"x --password 'a b' c", "x --password '***' c"},
      {"x --token abc --api-key\tdef", "x --token *** --api-key\t***"},
      {"x -passphrase abc", "x -passphrase ***"},
      {"x --pass abc", "x --pass ***"},
      {"PASS=x DB_PASS=y cmd", "PASS=*** DB_PASS=*** cmd"},
      {"dbPass=x", "dbPass=***"},
      {"API_KEY=abc apikey=d AWS_SECRET_ACCESS_KEY=e", "API_KEY=*** apikey=*** AWS_SECRET_ACCESS_KEY=***"},
      {"MYSQL_PASSWD=a,PASSPHRASE=b", "MYSQL_PASSWD=***,PASSPHRASE=***"},
      {"{'pass': 'x'}", "{'pass': '***'}"},
      {"curl -u a:b http://h/", "curl -u a:*** http://h/"},
      {"curl -ua:b --proxy-user c:d --user=e:f", "curl -ua:*** --proxy-user c:*** --user=e:***"},
      {"curl -u 'me@x:b c' h", "curl -u 'me@x:***' h"},
      {"git clone https://me:tok@host/x", "git clone https://me:***@host/x"},
      {"sh -c \"mysql -u root -psecret db\"", "sh -c \"mysql -u root -p*** db\""},
      {"sudo /usr/bin/mysqldump -p'a b' db", "sudo /usr/bin/mysqldump -p'***' db"},
      {"sshpass -p abc ssh -p 22 host", "sshpass -p *** ssh -p 22 host"},
      {"curl -H \"Authorization: Basic dTpw\" h", "curl -H \"Authorization: Basic ***\" h"},
      {"curl -H 'X-Auth-Token: abc' h", "curl -H 'X-Auth-Token: ***' h"},
      {"curl -H X-Api-Key:abc", "curl -H X-Api-Key:***"},
  };
  for (const auto& [line, masked] : lines) CHECK(mask_credentials(line) == masked);
}

TEST_CASE("Options that only look like credentials are not masked", "[base]") {
  for (const char* text : {"x --pass-through on",
                           "compass=1 bypass=2",
                           "psql --no-password db",
                           "adduser --disabled-password bob",
                           "mysql --password -u root",
                           "mysql -p secret",
                           "mysql -p",
                           "ls | mysql -p; ls -px",
                           "mkdir -px/y",
                           "find /var/lib/mysql -print",
                           "ssh -p 22 h",
                           "docker run -u 1000:1000 i",
                           "date -u +%H:%M",
                           "scan -u http://host:80/",
                           "curl --user-agent a:b",
                           "--token-file /x",
                           "x --password",
                           "x --token | y",
                           "sort -u",
                           "-u",
                           "-p",
                           "-",
                           "authorization: failed",
                           "curl -H \"Authorization: Basic\" \"x\"",
                           "Authorization:"}) {
    CHECK(mask_credentials(text) == text);
  }
}

TEST_CASE("A line made to take long is masked in time that grows with its length", "[base]") {
  std::string line;
  while (line.size() < 1'000'000) line += "--token:-p://pass -pa ";
  CHECK((mask_credentials(line) == line));
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

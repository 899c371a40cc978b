#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/arguments.hpp"

namespace {

using Texts = std::vector<std::string>;
using namespace std::string_view_literals;

Texts masked(Texts arguments) {
  agent::mask_arguments(arguments);
  return arguments;
}

std::string masked_one(const std::string& argument) { return masked(Texts{"program", argument}).at(1); }

}  // namespace

TEST_CASE("A command line is split at its zero bytes", "[base]") {
  CHECK(agent::split_arguments("sleep\0"
                               "60\0"sv) == Texts{"sleep", "60"});
  CHECK(agent::split_arguments(""sv).empty());
  // Programs that write a title of their own leave the last zero byte out.
  CHECK(agent::split_arguments("nginx: worker process"sv) == Texts{"nginx: worker process"});
  CHECK(agent::split_arguments("sort\0-t\0 \0"sv) == Texts{"sort", "-t", " "});
}

TEST_CASE("Arguments that a program blanked are one empty text", "[base]") {
  CHECK(agent::split_arguments("mysql\0-uroot\0\0\0\0\0\0\0\0\0shop\0"sv) ==
        Texts{"mysql", "-uroot", "", "shop"});
  CHECK(agent::split_arguments("postgres: writer\0\0\0\0\0\0"sv) == Texts{"postgres: writer", ""});
  CHECK(agent::split_arguments("\0\0\0"sv) == Texts{""});
  CHECK(agent::split_arguments("printf\0\0"sv) == Texts{"printf", ""});
}

TEST_CASE("The argument behind an option for a secret is hidden whole", "[base]") {
  for (const std::string option : {"--password",      "-password",     "--db-password",
                                   "--PASSWORD",      "--passwd",      "--pwd",
                                   "--passphrase",    "--pass",        "--secret",
                                   "--client-secret", "--token",       "--auth_token",
                                   "--key",           "--api-key",     "--apiKey",
                                   "--privatekey",    "--credentials", "--credential",
                                   "--secrets",       "--password2",   "-Djavax.net.keyPassword"}) {
    INFO(option);
    CHECK(masked({"program", option, "two words & more", "next"}) == Texts{"program", option, "***", "next"});
    CHECK(masked({"program", option + "=two words & more", "next"}) ==
          Texts{"program", option + "=***", "next"});
  }
  // A secret may look like an option, and may be the last argument.
  CHECK(masked({"program", "--password", "-x1"}) == Texts{"program", "--password", "***"});
  CHECK(masked({"program", "--password", "--token", "abc"}) == Texts{"program", "--password", "***", "***"});
  CHECK(masked({"program", "--password"}) == Texts{"program", "--password"});
  CHECK(masked({"program", "--password", "", "next"})[0] == "program");
}

TEST_CASE("What is assigned to the name of a secret is hidden to the end of the argument", "[base]") {
  CHECK(masked_one("PASSWORD=a b,c&d") == "PASSWORD=***");
  CHECK(masked_one("AWS_SECRET_ACCESS_KEY=abc/def+g=") == "AWS_SECRET_ACCESS_KEY=***");
  CHECK(masked_one("MYSQL_PWD=x") == "MYSQL_PWD=***");
  CHECK(masked_one("-Dspring.datasource.password=x") == "-Dspring.datasource.password=***");
  CHECK(masked_one("spring.credentials=x") == "spring.credentials=***");
  CHECK(masked_one("PRIVATE-TOKEN: abc def") == "PRIVATE-TOKEN: ***");
  CHECK(masked_one("password:x") == "password:***");
  CHECK(masked_one("token=") == "token=");
}

TEST_CASE("Secrets inside of a text of many words are hidden up to the next word", "[base]") {
  CHECK(masked_one("export TOKEN=abc; run --password x --user bob") ==
        "export TOKEN=***; run --password *** --user bob");
  CHECK(masked_one("a=1&key=2&b=3") == "a=1&key=***&b=3");
  CHECK(masked_one(R"({"password": "x y", "key":"z", "id": 1})") ==
        R"({"password": "***", "key":"***", "id": 1})");
  CHECK(masked_one("Authorization: Bearer abc") == "Authorization: Bearer ***");
}

TEST_CASE("Secrets in addresses are hidden", "[base]") {
  CHECK(masked_one("https://bob:x@example.org/a") == "https://bob:***@example.org/a");
  CHECK(masked_one("postgres://bob:a:b@example.org:5432/shop?sslmode=on") ==
        "postgres://bob:***@example.org:5432/shop?sslmode=on");
  CHECK(masked_one("https://example.org/?api_key=x&b=1") == "https://example.org/?api_key=***&b=1");
  CHECK(masked_one("https://example.org/?a=1&access_token=x") == "https://example.org/?a=1&access_token=***");
  CHECK(masked_one("https://example.org/?pwd=x#top") == "https://example.org/?pwd=***");
  // Within an option, all that follows.
  CHECK(masked_one("--url=https://bob:x@example.org/?key=y&z=1") ==
        "--url=https://bob:***@example.org/?key=***");
}

TEST_CASE("Secrets of well-known programs are hidden", "[base]") {
  CHECK(masked({"curl", "-u", "bob:a b", "http://h"}) == Texts{"curl", "-u", "bob:***", "http://h"});
  CHECK(masked({"curl", "-H", "Authorization: Basic abc"}) ==
        Texts{"curl", "-H", "Authorization: Basic ***"});
  CHECK(masked({"/usr/bin/mysql", "-px y", "shop"}) == Texts{"/usr/bin/mysql", "-p***", "shop"});
  CHECK(masked({"sshpass", "-p", "x y", "ssh", "h"}) == Texts{"sshpass", "-p", "***", "ssh", "h"});
}

TEST_CASE("Arguments that only look like secrets stay", "[base]") {
  const Texts harmless{"program",
                       "--no-password",
                       "next",
                       "--token-file",
                       "/etc/token",
                       "--monkey",
                       "banana",
                       "monkey=1",
                       "--keyserver",
                       "keys.example.org",
                       "--compass=on",
                       "--pass-through",
                       "x",
                       "http://h:80/a@b",
                       "user@host:dir",
                       "a=b",
                       "--key-file=/etc/k",
                       "token_file",
                       "",
                       "-"};
  CHECK(masked(harmless) == harmless);
  CHECK(masked(Texts{}) == Texts{});
}

TEST_CASE("Masking survives any bytes", "[base]") {
  CHECK(masked_one(std::string("password=\xff\xfe\n\x01")) == "password=***");
  CHECK(masked_one(std::string("\xff--password")) == "\xff--password");
  const std::string long_one(64 * 1024, 'p');
  CHECK(masked_one(long_one) == long_one);
  CHECK(masked_one("--token=" + long_one) == "--token=***");
}

// Guarded: a server that asks for tokens, and the files that they stand in.
#pragma once

#include <sys/stat.h>

#include <string>

#include "tests/system/scene.hpp"

namespace test {

// Files of named tokens that nobody else can read, and the settings that name them.
struct TokenFiles {
  TokenFiles() {
    set_api("operator api-secret-num-1\n");
    set_enroll("site enroll-secret-no-1\n");
  }
  void set_api(const std::string& text) { write("api.tokens", text); }
  void set_enroll(const std::string& text) { write("enroll.tokens", text); }
  std::string settings() const {
    return "api_token_file = " + dir.file("api.tokens") +
           "\nenroll_token_file = " + dir.file("enroll.tokens") + "\n";
  }

  TempDir dir;

 private:
  void write(const std::string& name, const std::string& text) {
    ::chmod(dir.write(name, text).c_str(), 0600);
  }
};

// A server that asks for tokens.
struct Guarded {
  Guarded() : server(tokens.settings()) {}

  HttpClient client(const std::string& token) const {
    HttpClient http = server.client();
    http.set_token(token);
    return http;
  }
  int status(const std::string& token, const std::string& path = "/api/agents") const {
    return client(token).get(path).status;
  }
  int upgrade(const std::string& token) const { return WireAgent(server.port(), {.token = token}).upgrade(); }

  TokenFiles tokens;
  ServerProgram server;
};

}  // namespace test

// Certificates: a throw-away authority with a server and a client certificate, made by the openssl program.
#pragma once

#include <string>

#include "tests/support/temp_dir.hpp"

namespace test {

class Certificates {
 public:
  Certificates();

  std::string ca() const { return dir_.file("ca.pem"); }
  std::string server_cert() const { return dir_.file("server.pem"); }  // for localhost and 127.0.0.1
  std::string server_key() const { return dir_.file("server.key"); }
  std::string misnamed_cert() const { return dir_.file("misnamed.pem"); }  // for other.example, with that key
  std::string outdated_cert() const { return dir_.file("outdated.pem"); }  // with the server's key
  std::string client_cert() const { return dir_.file("client.pem"); }      // CN agent-7
  std::string client_key() const { return dir_.file("client.key"); }
  std::string other_ca() const { return dir_.file("other.pem"); }  // signed none of these

 private:
  TempDir dir_;
};

}  // namespace test

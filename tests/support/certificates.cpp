#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <stdexcept>

namespace test {
namespace {

void run(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0)
    throw std::runtime_error("failed: " + command);
}

constexpr const char* kKey = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

}  // namespace

Certificates::Certificates() {
  std::string at = "cd " + dir_.path() + " && openssl ";
  for (const char* name : {"ca", "other"}) {
    run(at + "req -x509 -days 2 -subj /CN=" + name + kKey + "-keyout " + name + ".key -out " + name + ".pem");
  }
  dir_.write("server.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  dir_.write("misnamed.ext", "subjectAltName=DNS:other.example\n");
  dir_.write("client.ext", "extendedKeyUsage=clientAuth\n");
  for (std::string name : {"server", "client"}) {
    std::string subject = name == "client" ? "/CN=agent-7" : "/CN=localhost";
    run(at + "req -subj " + subject + kKey + "-keyout " + name + ".key -out " + name + ".csr");
    run(at + "x509 -req -days 2 -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile " +
        name + ".ext -out " + name + ".pem");
  }
  run(at +
      "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -extfile misnamed.ext -out misnamed.pem");
  run(at +
      "x509 -req -days -1 -in server.csr -CA ca.pem -CAkey ca.key -extfile server.ext -out outdated.pem");
}

}  // namespace test

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "net/system_authorities.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent::net;

namespace {

// A system's root with OpenSSL's own places.
class Root {
 public:
  Root() {
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }
  void put(const std::string& path) {
    const std::filesystem::path whole(directory_.path() + path);
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << "a certificate";
  }
  SystemAuthorities find() const {
    return find_system_authorities("/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs", directory_.path());
  }
  std::string path(const std::string& name) const { return directory_.path() + name; }

 private:
  test::TempDir directory_;
};

}  // namespace

TEST_CASE("The authorities of other distributions are found, in their order", "[net]") {
  for (const char* const bundle : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                   "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    Root root;
    root.put(bundle);
    CHECK(root.find().bundle == root.path(bundle));
    CHECK(root.find().looked_for.empty());
    root.put("/etc/ssl/certs/ca-certificates.crt");
    CHECK(root.find().bundle == root.path("/etc/ssl/certs/ca-certificates.crt"));
  }
}

TEST_CASE("Where OpenSSL finds authorities by itself nothing is added", "[net]") {
  Root file;
  file.put("/etc/pki/tls/certs/ca-bundle.crt");
  file.put("/usr/lib/ssl/cert.pem");
  CHECK(file.find().bundle.empty());
  Root directory;
  directory.put("/etc/pki/tls/certs/ca-bundle.crt");
  directory.put("/usr/lib/ssl/certs/0a775a30.0");
  CHECK(directory.find().bundle.empty());
  Root empty_directory;
  empty_directory.put("/etc/pki/tls/certs/ca-bundle.crt");
  std::filesystem::create_directories(empty_directory.path("/usr/lib/ssl/certs"));
  CHECK(empty_directory.find().bundle == empty_directory.path("/etc/pki/tls/certs/ca-bundle.crt"));
}

TEST_CASE("SSL_CERT_FILE and SSL_CERT_DIR say it alone", "[net]") {
  for (const char* const variable : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    Root root;
    root.put("/etc/ssl/cert.pem");
    ::setenv(variable, "/somewhere", 1);
    CHECK(root.find().bundle.empty());
    CHECK(root.find().looked_for.empty());
    ::setenv(variable, "", 1);
    CHECK(root.find().bundle == root.path("/etc/ssl/cert.pem"));
    ::unsetenv(variable);
  }
}

TEST_CASE("The places that were looked at are named when there are no authorities", "[net]") {
  const SystemAuthorities found = Root().find();
  CHECK(found.bundle.empty());
  for (const char* const place :
       {"/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs", "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
    CHECK(found.looked_for.find(place) != std::string::npos);
}

// The certificates of the authorities that a system trusts, wherever its distribution keeps them.
//
// OpenSSL looks where the distribution does that it was built for, and reads SSL_CERT_FILE and SSL_CERT_DIR.
// That is all there is to it, but for a program that has OpenSSL inside and runs on every distribution.
#pragma once

#include <string>

namespace agent::net {

struct SystemAuthorities {
  std::string bundle;      // a PEM file that OpenSSL does not look at by itself; "" where it needs none
  std::string looked_for;  // all places, when none is there
};

// `file` and `directory` are those of OpenSSL. `root` goes before every path, for tests.
SystemAuthorities find_system_authorities(const std::string& file, const std::string& directory,
                                          const std::string& root = {});

}  // namespace agent::net

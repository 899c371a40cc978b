#include "net/system_authorities.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

namespace agent::net {
namespace {

// Debian, Ubuntu, Alpine; RHEL, Fedora, CentOS, Amazon; the newer ones of these; SUSE; SUSE where the link is
// missing; Alpine, BSD.
constexpr std::array kBundles{"/etc/ssl/certs/ca-certificates.crt",
                              "/etc/pki/tls/certs/ca-bundle.crt",
                              "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                              "/etc/ssl/ca-bundle.pem",
                              "/var/lib/ca-certificates/ca-bundle.pem",
                              "/etc/ssl/cert.pem"};

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool has_certificates(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  return !error && entries != std::filesystem::directory_iterator();
}

}  // namespace

SystemAuthorities find_system_authorities(const std::string& file, const std::string& directory,
                                          const std::string& root) {
  SystemAuthorities found;
  std::error_code ignored;
  if (is_set("SSL_CERT_FILE") || is_set("SSL_CERT_DIR")) return found;
  if (std::filesystem::exists(root + file, ignored) || has_certificates(root + directory)) return found;
  std::string looked_for = file + ", " + directory;
  for (const char* const bundle : kBundles) {
    looked_for += std::string(", ") + bundle;
    found.bundle = root + bundle;
    if (std::filesystem::exists(found.bundle, ignored)) return found;
  }
  return {"", looked_for};
}

}  // namespace agent::net

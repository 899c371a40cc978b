// How long the certificates of a PEM file are good.
#pragma once

#include <chrono>
#include <string>

namespace agent::net {

// Before the end of a certificate its owner is warned for this long.
inline constexpr std::chrono::hours kExpiryWarning{30 * 24};

enum class Validity { good, ends_soon, over, not_yet };

struct CertificateState {
  Validity validity = Validity::good;
  std::string text;  // "/x.pem: the certificate of agent-7 expired on 2026-03-01"; "" when it is good

  bool is_outdated() const { return validity == Validity::over || validity == Validity::not_yet; }
};

// Throw Errc::bad_config when the file holds no certificate that can be read.
//
// A chain: every certificate must be good, so the worst of them counts.
CertificateState chain_state(const std::string& path, std::chrono::system_clock::time_point now);
// Authorities: one good one is enough, as while an old one is replaced, so the best of them counts.
CertificateState authorities_state(const std::string& path, std::chrono::system_clock::time_point now);

}  // namespace agent::net

// CertificateRefused: the peer's certificate is not accepted here; what is wrong with it, for whoever is told
// what to do.
#pragma once

#include <string>

#include "agent/error.hpp"

namespace agent::net {

class CertificateRefused : public Error {
 public:
  enum class Cause {
    authority,  // nobody whom this side trusts has signed it
    name,       // it is for another name or address
    time,       // it has expired, or is not valid yet
    other,      // the message says it
  };
  CertificateRefused(Cause why, const std::string& message) : Error(Errc::denied, message), cause(why) {}
  Cause cause;
};

}  // namespace agent::net

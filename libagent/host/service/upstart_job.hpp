// The job of a service in /etc/init, held against init(5) of upstart 0.6.5 and 1.5 and against the Upstart
// Cookbook; no upstart is to be had here that would run it. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "host/service/spec.hpp"

namespace agent::host {

struct UpstartVersion {
  unsigned major = 0;
  unsigned minor = 0;

  auto operator<=>(const UpstartVersion&) const = default;
};

// The version in what `initctl version` says: "init (upstart 1.12.1)".
std::optional<UpstartVersion> parse_upstart_version(std::string_view text);

// Ends with a newline. `version`: of the machine. Throws Errc::bad_config for a newline in a path or an
// argument, and for a user where upstart is older than 1.4, which has no `setuid`.
std::string upstart_job(const ServiceSpec& spec, UpstartVersion version);

}  // namespace agent::host

// The script of a service in /etc/init.d, for POSIX sh and with nothing but our own `run --daemon`: no
// start-stop-daemon and no library of functions, which each distribution has another one of. Pure.
//
// Its verbs and exit codes are those of LSB Core 5.0, "Init Script Actions", its head that of "Comment
// Conventions for Init Scripts", with the two lines that chkconfig reads on systems without LSB.
#pragma once

#include <string>
#include <string_view>

#include "host/service/spec.hpp"

namespace agent::host {

// What is where on the machine; a test has others.
struct SystemvPlaces {
  std::string shell = "/bin/sh";
  std::string run = "/var/run";  // old systems have no /run, new ones have a link here
  std::string log = "/var/log";
  std::string status = "/run";               // of status.json, made when it is missing
  std::string defaults = "/etc/default";     // Debian's
  std::string sysconfig = "/etc/sysconfig";  // Red Hat's and SUSE's
  // A file here is how Red Hat's shutdown knows what to stop; others have no such directory.
  std::string subsys = "/var/lock/subsys";

  std::string pid_file(std::string_view service) const;
};

// Ends with a newline. Throws Errc::bad_config for a newline in a path or an argument: whoever looks at the
// script could not tell it from one of the script's own.
std::string systemv_script(const ServiceSpec& spec, const SystemvPlaces& places = {});

// A word of a shell that stands for exactly these bytes. Throws as above; `what` names it.
std::string shell_word(std::string_view text, std::string_view what);

}  // namespace agent::host

// Findings of `agentctl doctor`: what is well between a person and a server, and a fix for what is not. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agentctl/console.hpp"
#include "agentctl/context_file.hpp"
#include "agentctl/ctl_options.hpp"

namespace agentctl {

enum class Health { good, doubtful, bad };

struct Finding {
  std::string check;  // "clock"
  Health health = Health::good;
  std::string text;  // what was found
  std::string fix;   // "" if all is well
};

// `date`: of the server's answer (RFC 9110, 5.6.7), "" for none. More than 5 s of difference are doubtful.
Finding examine_clock(const std::string& date, std::chrono::system_clock::time_point now);
// `until`: the end of the server's certificate. Doubtful 30 days before, bad behind it.
Finding examine_certificate(std::chrono::system_clock::time_point until,
                            std::chrono::system_clock::time_point now);
// What can be said without asking anybody: tokens in clear text beyond this machine, proxies.
std::vector<Finding> examine_connection(const Connection& connection);

// The findings in the format that was asked for. 0 unless one is bad.
int show_findings(Console& console, Format format, const std::vector<Finding>& findings);

}  // namespace agentctl

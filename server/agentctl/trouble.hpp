// Trouble: what happened, where, and what to do about it.
#pragma once

#include <string>

#include "agent/error.hpp"
#include "agentctl/context_file.hpp"

namespace agentctl {

struct Trouble {
  std::string what;
  std::string advice;  // "" = none
};

// Texts of the server are in it, so that it is made harmless before it is shown.
Trouble trouble_of(const agent::Error& error, const Connection& connection);

}  // namespace agentctl

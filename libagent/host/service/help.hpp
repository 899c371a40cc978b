// What `<program> install --help` and the like print: a page for each verb, as man(1) has them.
#pragma once

#include <string>

#include "host/service/service_program.hpp"
#include "host/service/service_request.hpp"

namespace agent::host {

std::string service_help(const ServiceProgram& program, ServiceVerb verb);

// The same of `<program> run` and `<program> validate`, which are no service's verbs; they end with a
// newline.
std::string run_help(const ServiceProgram& program);
std::string validate_help(const ServiceProgram& program);

// For the end of the program's own --help: one line for each verb.
std::string service_help_lines(const ServiceProgram& program);

}  // namespace agent::host

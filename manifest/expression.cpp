#include "expression.hpp"

#include <re2/re2.h>

namespace manifest {
namespace {

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_log_errors(false);
  out.set_max_mem(16 << 20);
  return out;
}

}  // namespace

std::optional<std::string> fault_of_expression(const std::string& expression) {
  const re2::RE2 compiled(expression, options());
  if (compiled.ok()) return std::nullopt;
  return compiled.error();
}

bool finds(const std::string& expression, const std::string& text) {
  const re2::RE2 compiled(expression, options());
  return compiled.ok() && re2::RE2::PartialMatch(text, compiled);
}

}  // namespace manifest

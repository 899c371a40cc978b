#include "agentctl/form_body.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "base/digest.hpp"

namespace agentctl {
namespace {

std::string quoted(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

FormBody::FormBody() : boundary_(agent::random_hex(16)) {}

std::string FormBody::content_type() const { return "multipart/form-data; boundary=" + boundary_; }

void FormBody::add(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  fields_ += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary_, name,
                         value);
}

std::string FormBody::head_of_file(std::string_view filename) const {
  if (filename.find("\r\n") != std::string_view::npos || filename.find('\0') != std::string_view::npos)
    throw agent::Error(agent::Errc::bad_config, fmt::format("'{}': no form can carry this name", filename));
  return fields_ + fmt::format(
                       "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n",
                       boundary_, quoted(filename));
}

std::string FormBody::tail_with(std::string_view name, std::string_view value) const {
  return fmt::format("\r\n--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}{}", boundary_, name,
                     value, tail());
}

std::string FormBody::tail() const { return "\r\n--" + boundary_ + "--\r\n"; }

}  // namespace agentctl

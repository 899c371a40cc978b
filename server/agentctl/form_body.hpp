// FormBody: a multipart/form-data body (RFC 7578) with fields and, last, one file. Pure.
#pragma once

#include <string>
#include <string_view>

namespace agentctl {

class FormBody {
 public:
  // A boundary of its own, which no content has but by intent: 128 random bits.
  FormBody();

  // "multipart/form-data; boundary=…"
  std::string content_type() const;
  // Leaves out empty values. Fields come before the file.
  void add(std::string_view name, std::string_view value);
  // What stands before the content of the file, and behind it. Throws Errc::bad_config for a name with a line
  // end as Windows has it, which no form can carry.
  std::string head_of_file(std::string_view filename) const;
  std::string tail() const;
  // The same with a field behind the content, such as its digest.
  std::string tail_with(std::string_view name, std::string_view value) const;

 private:
  std::string boundary_;
  std::string fields_;
};

}  // namespace agentctl

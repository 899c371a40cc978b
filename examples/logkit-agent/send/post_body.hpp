// The bodies that the http sender posts. Pure.
#pragma once

#include <string>

#include "record_sender.hpp"

namespace logkit {

enum class HttpProtocol {
  json,       // an object a line
  body_json,  // one array
  csv,        // a line a record; columns are all fields of the selection, in the order in which they appear
  raw,        // the field `raw` a line; a record without it as JSON
  templated,  // the template a line, {{field}} in it replaced by that field's text; "" when there is none
};

struct HttpForm {
  HttpProtocol protocol = HttpProtocol::json;
  bool has_csv_head = true;
  std::string csv_separator = ",";
  std::string text;  // the template
};

std::string post_body(const HttpForm& form, const Selection& selection);
// The Content-Type of such a body.
const char* post_content_type(HttpProtocol protocol);

}  // namespace logkit

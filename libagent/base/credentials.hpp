// Where passwords, tokens and keys stand in a command line or in a line of a log.
#pragma once

#include <cstddef>
#include <string_view>

namespace agent {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool is_empty() const { return begin >= end; }
};

// The credential within `text` whose name or mark begins at `at`; empty when there is none.
//   password=x  PASS = x  api_key=x  "token": "x"     any name that ends in one of the known words
//   --password x  --api-key=x                         options, up to the next blank
//   Bearer x  Authorization: Basic x  X-Auth-Token: x headers
//   http://user:x@host
//   -u user:x  --user user:x                          but not two numbers, which are ids
//   mysql -px  sshpass -p x
// What only looks alike stays: --pass-through, --no-password, token_file=, compass=, "token: must be set".
Span find_credential(std::string_view text, std::size_t at);

}  // namespace agent

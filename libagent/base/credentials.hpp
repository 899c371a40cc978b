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

// Arguments of programs have more names than sentences of a log: pwd, credentials, and `key`, which alone is
// an ordinary word there.
enum class CredentialNames { in_logs, in_arguments };

// The credential within `text` whose name or mark begins at `at`; empty when there is none.
//   password=x  PASS = x  api_key=x  "token": "x"     any name that ends in one of the known words
//   --password x  --api-key=x                         options, up to the next blank
//   Bearer x  Authorization: Basic x  X-Auth-Token: x headers
//   http://user:x@host
//   -u user:x  --user user:x                          but not two numbers, which are ids
//   mysql -px  sshpass -p x
// What only looks alike stays: --pass-through, --no-password, token_file=, compass=, "token: must be set".
Span find_credential(std::string_view text, std::size_t at, CredentialNames names = CredentialNames::in_logs);

// Whether this is a name of a credential: "DB_PASSWORD", "--api-key", "token2", "sslKey". Names as in
// arguments; an option may have its dashes. Not "--no-password", "monkey", "token_file".
bool names_credential(std::string_view name);

}  // namespace agent

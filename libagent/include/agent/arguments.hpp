// The arguments of a program that runs, as they may be shown to others. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

// What /proc/<pid>/cmdline holds, as arguments. Arguments that the program blanked with zero bytes, as some
// do with a password, are one empty text together, however long they were; so are empty arguments in a row.
std::vector<std::string> split_arguments(std::string_view text);

// Puts "***" in the place of secrets: what follows a name that ends in password, passwd, pwd, passphrase,
// secret, token, credential(s), api key and the like, or whose last word is pass or key.
//
//   --db-password x   -password=x   --key x   DB_PASSWORD=x   password: x   {"token": "x"}
//   https://user:x@host/?api_key=x
//   curl -u user:x   -H "Authorization: Bearer x"   mysql -px   sshpass -p x
//
// Case does not matter, and digits may follow a name (password2). An argument that is a secret, or an
// assignment, is hidden to its end; inside a text of many words, such as that of `sh -c`, up to the next one.
// A secret that no name announces stays. What only looks alike stays, too: --no-password, --token-file x.
void mask_arguments(std::vector<std::string>& arguments);

}  // namespace agent

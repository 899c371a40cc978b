// The password that comes with a command, with which sudo or su is answered (docs/wire.md).
#pragma once

#include <string>
#include <string_view>

namespace agent {

// What was meant, and how it came. Whoever keeps it wipes it after use.
struct Password {
  std::string text;
  bool insecure = false;  // came in a form of the originals, "$0$" or "$1$": to be counted and reported
};

// "$0$" + text, "$1$" + base64(AES-256-CBC with the key that every original has), or the text as it is.
// Throws Errc::bad_message for a "$1$" that is damaged and for a control character, which a terminal would
// obey; the message says nothing of the content. Any thread.
Password decode_password(std::string_view wire);

}  // namespace agent

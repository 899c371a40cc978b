// TextDecoder: output of a program, in pieces as they are read, as text in UTF-8. Not thread-safe.
//
// UTF-8, and whatever else comes when no other character set is named, stays as it is byte for byte:
// nothing is guessed. Only the ends of pieces move, so that none ends within a character, unless nobody wants
// to wait for the rest of one.
#pragma once

#include <memory>
#include <string>

#include "agent/charset.hpp"

namespace agent {

class TextDecoder {
 public:
  // `charset`: "" or "UTF-8" (in any case) leaves the bytes alone; others, such as "GBK", are converted.
  // Throws Errc::bad_config for a name that the system does not know. Tail::passes: where nothing is
  // converted, pieces stay as they came, too.
  enum class Tail { waits, passes };
  explicit TextDecoder(const std::string& charset = {}, Tail tail = Tail::waits);

  // What is known of the text so far and was not returned before; a character that is not complete yet,
  // 3 bytes at most, waits for the next piece.
  std::string decode(std::string piece);

  // The incomplete character at the very end, if there is one: as it is, or as U+FFFD when converting.
  std::string finish();

 private:
  std::unique_ptr<Charset> charset_;  // null: nothing to convert
  Tail tail_;
  std::string pending_;
};

}  // namespace agent

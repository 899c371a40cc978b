// asciicast v2 (asciinema's format, its manual's page "asciicast v2"): a recording of a terminal that players
// show: a line of JSON that says what it is, then one for each event: [seconds, "o" output | "i" input | "r"
// size, text].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "commands/command.hpp"
#include "http/reply.hpp"

namespace server {

// The lines. Text is UTF-8 in this format: a character that two pieces share comes with the second one, and
// other bytes are U+FFFD.
class Asciicast {
 public:
  // `begin`: Unix milliseconds, from which events count; `size`: "<columns>x<rows>".
  std::string header(std::int64_t begin, std::string_view size, std::string_view title);
  std::string event(std::int64_t time, char kind, std::string_view text);
  // "" when all of it waits for more.
  std::string output(std::int64_t time, std::string_view bytes);
  // What waited and has no more.
  std::string end(std::int64_t time);

 private:
  std::int64_t begin_ = 0;
  std::int64_t last_ = 0;  // clocks are put back, events do not go back
  std::string cut_;        // the beginning of a character
};

// What was recorded until now. Throws Errc::not_found: nothing is.
Reply asciicast_reply(std::shared_ptr<Command> command);

}  // namespace server

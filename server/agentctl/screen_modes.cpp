#include "agentctl/screen_modes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentctl {
namespace {

// A sequence that is longer is none of these.
constexpr std::size_t kLongest = 64;

// Modes as xterm has them (ECMA-48's, and DEC's with a ?), in the order in which they are undone. Those that
// move the cursor come before the alternate screen, which brings the cursor back. `usual`: on, unless a
// program switches it off.
struct Mode {
  std::string_view number;
  bool usual;
};
constexpr std::array<Mode, 23> kKnown{{{"?2026", false},  // what is written is not shown yet
                                       {"?6", false},     // the cursor stays in the lines that scroll
                                       {"?1", false},     // keys of an application
                                       {"?5", false},     // dark on light
                                       {"?7", true},      // a line goes on in the next one
                                       {"?66", false},    // keypad
                                       {"4", false},      // what is written moves the rest of the line
                                       {"20", false},     // a line feed is a return, too
                                       {"?9", false},     // mouse
                                       {"?25", true},     // cursor
                                       {"?1000", false},  // mouse
                                       {"?1001", false}, {"?1002", false}, {"?1003", false},
                                       {"?1004", false},  // focus
                                       {"?1005", false}, {"?1006", false}, {"?1015", false},
                                       {"?1016", false}, {"?2004", false},  // marks around what is pasted
                                       {"?47", false},                      // alternate screen
                                       {"?1047", false}, {"?1049", false}}};
constexpr std::size_t kFirstScreen = 20;

// Of ScreenModes::Other, in its order.
constexpr std::array<std::string_view, 7> kUndoOther{"",         "\x0f",     "\x1b(B",  "\x1b>",
                                                     "\x1b[>4m", "\x1b[<9u", "\x1b[0 q"};

}  // namespace

void ScreenModes::feed(std::string_view output) {
  for (const char c : output) take(c);
}

void ScreenModes::take(char c) {
  if (c == '\x1b') {
    has_sequences_ = true;
    place_ = Place::escape;
    return;
  }
  switch (place_) {
    case Place::text:
      if (c == '\x0e' || c == '\x0f') set(shift, c == '\x0e');
      return;
    case Place::escape: return take_escape(c);
    case Place::charset: place_ = Place::text; return set(charset, c != 'B');
    case Place::sequence: return take_sequence(c);
  }
}

void ScreenModes::take_escape(char c) {
  place_ = c == '[' ? Place::sequence : c == '(' ? Place::charset : Place::text;
  sequence_.clear();
  if (c == '=' || c == '>') set(keypad, c == '=');
  if (c == 'c') forget();  // the terminal is as it was made
}

void ScreenModes::take_sequence(char c) {
  const bool is_final = c >= '@' && c <= '~';
  if (is_final && sequence_.size() < kLongest) obey(c);
  if (is_final || c < ' ') place_ = Place::text;
  if (sequence_.size() < kLongest) sequence_ += c;
}

void ScreenModes::obey(char final) {
  const std::string_view sequence = sequence_;
  const bool is_plain = sequence.find_first_not_of("0123456789;") == std::string_view::npos;
  if (final == 'h' || final == 'l') set_modes(final == 'h');
  if (final == 'r' && is_plain) set(region, !sequence.empty());
  if (final == 'q' && sequence.ends_with(' ')) set(shape, sequence != " " && sequence != "0 ");
  if (final == 'm' && sequence.starts_with(">4"))
    set(keys, sequence.starts_with(">4;") && sequence != ">4;0");
  if (final == 'u' && sequence.starts_with('>')) set(key_stack, true);
  if (final == 'u' && sequence.starts_with('<')) set(key_stack, false);
  if (final == 'p' && sequence == "!") forget();
}

// "?1000;1006": the ? is for all of them.
void ScreenModes::set_modes(bool on) {
  const bool is_private = sequence_.starts_with('?');
  const std::string_view all = std::string_view(sequence_).substr(is_private ? 1 : 0);
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find(';', at), all.size());
    const std::string number = (is_private ? "?" : "") + std::string(all.substr(at, end - at));
    for (std::size_t i = 0; i < kKnown.size(); ++i)
      if (kKnown[i].number == number) mode_is_on_[i] = on != kKnown[i].usual;
    at = end + 1;
  }
}

void ScreenModes::forget() {
  mode_is_on_.fill(false);
  other_is_on_.fill(false);
}

bool ScreenModes::has_alternate_screen() const {
  return std::find(mode_is_on_.begin() + kFirstScreen, mode_is_on_.end(), true) != mode_is_on_.end();
}

// The cursor goes to the first line by it.
std::string ScreenModes::undo_region() const {
  if (!other_is_on_[region]) return {};
  return has_alternate_screen() ? "\x1b[r" : "\0337\033[r\0338";
}

std::string ScreenModes::undo() const {
  static_assert(kKnown.size() == kModes && kUndoOther.size() == others);
  std::string out = undo_region();
  for (std::size_t i = 0; i < kKnown.size(); ++i)
    if (mode_is_on_[i]) out += fmt::format("\x1b[{}{}", kKnown[i].number, kKnown[i].usual ? 'h' : 'l');
  for (std::size_t i = 0; i < kUndoOther.size(); ++i)
    if (other_is_on_[i]) out += kUndoOther[i];
  return has_sequences_ ? out + "\x1b[0m" : out;
}

}  // namespace agentctl

// ScreenModes: what a program far away has switched on at the local terminal (alternate screen, mouse, paste
// marks, hidden cursor, lines that scroll, character set, forms of keys), found in its output, and how to
// switch it off again. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace agentctl {

class ScreenModes {
 public:
  // More than undo() ever has, in bytes.
  static constexpr std::size_t kMostUndo = 400;

  void feed(std::string_view output);
  // Undoes what is on, and leaves the colours behind. "": nothing was ever changed.
  std::string undo() const;

 private:
  enum class Place { text, escape, charset, sequence };
  // What is no mode with a number.
  enum Other : std::size_t { region, shift, charset, keypad, keys, key_stack, shape, others };

  void take(char c);
  void take_escape(char c);
  void take_sequence(char c);
  void obey(char final);
  void set_modes(bool on);
  void set(Other what, bool on) { other_is_on_[what] = on; }
  bool has_alternate_screen() const;
  std::string undo_region() const;
  void forget();

  static constexpr std::size_t kModes = 23;
  Place place_ = Place::text;
  std::string sequence_;                   // behind ESC [
  std::array<bool, kModes> mode_is_on_{};  // of kKnown, in its order
  std::array<bool, others> other_is_on_{};
  bool has_sequences_ = false;
};

}  // namespace agentctl
